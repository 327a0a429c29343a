import { createHash } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import path from 'node:path'
import { openFile } from '../../../../lib/files/file-identity.ts'
import { hashFile } from '../../../../lib/files/hash-file.ts'
import type { PageComparison } from '../../../../lib/transfer/delta/compare-pages.ts'
import { findShared } from '../../../../lib/transfer/delta/find-shared.ts'
import { writeDelta } from '../../../../lib/transfer/delta/write-delta.ts'

export const PAGE = 512

/** The bytes of a file whose pages hold these numbers; its header is that of a database. */
export function pagesOf(contents: readonly number[]): Buffer {
  const bytes = Buffer.alloc(contents.length * PAGE)
  for (const [at, content] of contents.entries()) {
    bytes.writeUInt32BE(content, at * PAGE + 200)
    bytes.writeUInt32BE(content, at * PAGE + PAGE - 4)
  }
  bytes.write('SQLite format 3\0')
  bytes.writeUInt16BE(PAGE, 16)
  bytes.set([1, 1, 0, 64, 32, 32], 18)
  bytes.writeUInt32BE(contents.length, 28)
  return bytes
}

export function sha256(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex')
}

export function named(bytes: Buffer): { sha256: string; bytes: number } {
  return { sha256: sha256(bytes), bytes: bytes.length }
}

/** Any chunks, of a size that fits nothing. */
export async function* chunksOf(
  bytes: Buffer,
  size = 777,
): AsyncGenerator<Buffer, void, undefined> {
  // One buffer for all, as where a file is read: a chunk is valid until the next one is asked for.
  const chunk = Buffer.alloc(size)
  for (let at = 0; at < bytes.length; at += size) {
    const copied = bytes.copy(chunk, 0, at)
    yield chunk.subarray(0, copied)
  }
}

export async function collect(chunks: AsyncIterable<Buffer>): Promise<Buffer> {
  const copies: Buffer[] = []
  for await (const chunk of chunks) copies.push(Buffer.from(chunk))
  return Buffer.concat(copies)
}

/** Writes two files, compares them, and makes the delta. */
export async function deltaOf(
  folder: string,
  base: Buffer,
  target: Buffer,
): Promise<{ delta: Buffer; found: PageComparison }> {
  const paths = [path.join(folder, 'base.sqlite'), path.join(folder, 'target.sqlite')] as const
  writeFileSync(paths[0], base)
  writeFileSync(paths[1], target)
  const found = findShared(...paths)
  if (found.shared === null) throw new Error('nothing is shared')
  const file = await openFile(paths[1])
  try {
    const plan = { base: found.base, ...found.shared }
    return { delta: await collect(writeDelta(await hashFile(file), plan, { level: 3 })), found }
  } finally {
    await file.handle.close()
  }
}
