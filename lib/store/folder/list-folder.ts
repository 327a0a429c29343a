import { type Dirent, lstatSync } from 'node:fs'
import { readdir } from 'node:fs/promises'
import path from 'node:path'
import { setImmediate as nextTurn } from 'node:timers/promises'
import type { ListedObject } from '../store.ts'
import { isSafeKey } from '../verify-key.ts'
import { errorCode, locate, readError } from './place.ts'

/** How many files are looked at before others have their turn. */
const BATCH = 64

/** The objects whose keys begin with the prefix, in key order; holds one folder's names at a time. */
export async function* listFolder(
  root: string,
  prefix: string,
  signal?: AbortSignal,
): AsyncGenerator<ListedObject, void, undefined> {
  for await (const keys of walk(root, '', prefix)) {
    await nextTurn()
    signal?.throwIfAborted()
    yield* describe(
      root,
      keys.filter((key) => key.startsWith(prefix) && isSafeKey(key)),
    )
  }
}

/** Keys below a folder (`''` or ending in a slash) that can begin with the prefix, some at a time. */
async function* walk(
  root: string,
  below: string,
  prefix: string,
): AsyncGenerator<readonly string[], void, undefined> {
  let keys: string[] = []
  for (const name of await readNames(root, below)) {
    const key = below + name
    const isFolder = name.endsWith('/')
    if (!isFolder) keys.push(key)
    if (keys.length === BATCH || (isFolder && keys.length > 0)) {
      yield keys
      keys = []
    }
    if (isFolder && (key.startsWith(prefix) || prefix.startsWith(key))) {
      yield* walk(root, key, prefix)
    }
  }
  if (keys.length > 0) yield keys
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
function describe(root: string, keys: readonly string[]): ListedObject[] {
  const found: ListedObject[] = []
  for (const key of keys) {
    const file = path.join(root, key)
    // As many promises take several times as long as the looks themselves.
    try {
      const stats = lstatSync(file, { throwIfNoEntry: false })
      if (stats !== undefined) found.push({ key, bytes: stats.size, modified: stats.mtime })
    } catch (error) {
      throw readError(root, file, error)
    }
  }
  return found
}
