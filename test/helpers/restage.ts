import { createReadStream } from 'node:fs'
import { rm, writeFile } from 'node:fs/promises'
import { withFile } from '../../lib/files/file-identity.ts'
import { hashFile } from '../../lib/files/hash-file.ts'
import { folderOf } from '../../lib/manifest/keys.ts'
import type { Store } from '../../lib/store/store.ts'
import { findShared } from '../../lib/transfer/delta/find-shared.ts'
import { writeDelta } from '../../lib/transfer/delta/write-delta.ts'
import { compressZst } from '../../lib/transfer/zst/compress.ts'
import { hashFileAt } from './at-path.ts'

/**
 * Stages a database in another form than whole, beside where its bytes wait.
 *
 * @param whole where these wait
 * @param base the database that a delta builds upon; left out: it is compressed
 * @returns the key
 */
export async function restage(
  staging: Store,
  whole: string,
  file: string,
  base?: string,
): Promise<string> {
  const info = await staging.head(whole)
  const { sha256 } = await hashFileAt(file)
  const name =
    base === undefined
      ? `${sha256}.sqlite.zst`
      : `${sha256}-from-${(await hashFileAt(base)).sha256}.delta`
  const temporary = `${file}.form`
  const bytes =
    base === undefined ? compressZst(createReadStream(file), { level: 3 }) : makeDelta(base, file)
  await writeFile(temporary, bytes)
  const key = `${folderOf(whole)}${name}`
  const { sha256: own } = await hashFileAt(temporary)
  const stamp = { sha256: own, bucket: info?.bucket ?? undefined, content: sha256 }
  await staging.put(key, temporary, { stamp })
  await rm(temporary)
  return key
}

async function* makeDelta(base: string, file: string): AsyncGenerator<Buffer> {
  const { shared, ...found } = findShared(base, file)
  if (shared === null) throw new Error(`${file} has nothing of ${base}`)
  const chunks = await withFile(file, async (opened) =>
    Array.fromAsync(
      writeDelta(await hashFile(opened), { ...found, ...shared }, { level: 3 }),
      (chunk) => Buffer.from(chunk),
    ),
  )
  yield* chunks
}
