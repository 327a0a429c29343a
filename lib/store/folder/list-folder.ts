import type { Dirent } from 'node:fs'
import { lstat, readdir } from 'node:fs/promises'
import path from 'node:path'
import type { ListedObject } from '../store.ts'
import { isSafeKey } from '../verify-key.ts'
import { errorCode, locate, readError } from './place.ts'

/** How many files are looked at together. */
const BATCH = 64

/** The objects whose keys begin with the prefix, in key order; holds one folder's names at a time. */
export async function* listFolder(
  root: string,
  prefix: string,
  signal?: AbortSignal,
): AsyncGenerator<ListedObject, void, undefined> {
  let batch: string[] = []
  for await (const key of walk(root, '', prefix)) {
    signal?.throwIfAborted()
    if (!key.startsWith(prefix) || !isSafeKey(key)) continue
    batch.push(key)
    if (batch.length < BATCH) continue
    yield* await describe(root, batch)
    batch = []
  }
  yield* await describe(root, batch)
}

/** Keys below a folder (`''` or ending in a slash) that can begin with the prefix. */
async function* walk(
  root: string,
  below: string,
  prefix: string,
): AsyncGenerator<string, void, undefined> {
  for (const name of await readNames(root, below)) {
    const key = below + name
    if (!name.endsWith('/')) yield key
    else if (key.startsWith(prefix) || prefix.startsWith(key)) yield* walk(root, key, prefix)
  }
}

/** Names of the files and, with a slash at the end, of the folders in a folder, in key order. */
async function readNames(root: string, below: string): Promise<string[]> {
  const folder = await locate(root, below)
  const entries = await readdir(folder, { withFileTypes: true }).catch((error: unknown) => {
    if (errorCode(error) === 'ENOENT') return [] as Dirent[]
    throw readError(root, folder, error)
  })
  return entries
    .filter((entry) => entry.isFile() || entry.isDirectory())
    .map((entry) => (entry.isDirectory() ? `${entry.name}/` : entry.name))
    .map((name) => ({ name, bytes: Buffer.from(name) }))
    .toSorted((a, b) => a.bytes.compare(b.bytes))
    .map(({ name }) => name)
}

/** Size and time of the objects; without those that have vanished in the meantime. */
async function describe(root: string, keys: readonly string[]): Promise<ListedObject[]> {
  const found = await Promise.all(
    keys.map(async (key) => {
      const file = path.join(root, key)
      const stats = await lstat(file).catch((error: unknown) => {
        if (errorCode(error) === 'ENOENT') return null
        throw readError(root, file, error)
      })
      return stats === null ? [] : [{ key, bytes: stats.size, modified: stats.mtime }]
    }),
  )
  return found.flat()
}
