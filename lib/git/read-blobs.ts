import { DmError } from '../errors/dm-error.ts'
import { readGit } from './read-git.ts'
import type { GitPlace } from './run-git.ts'

const newline = 10

/**
 * The content of blobs by their hashes, from one `git cat-file --batch`, all held in memory.
 *
 * Its output, per object: `<hash> <type> <size>`, newline, that many bytes, newline.
 */
export async function readBlobs(
  place: GitPlace,
  hashes: readonly string[],
  signal?: AbortSignal,
): Promise<ReadonlyMap<string, Buffer>> {
  const blobs = new Map<string, Buffer>()
  if (hashes.length === 0) return blobs
  const input = Buffer.from(hashes.map((hash) => `${hash}\n`).join(''))
  const output = await readGit(place, ['cat-file', '--batch'], { input, signal })
  let offset = 0
  for (const hash of hashes) {
    const end = output.indexOf(newline, offset)
    const header = output.toString('latin1', offset, end)
    const size = /^[0-9a-f]+ blob (\d+)$/.exec(header)?.[1]
    if (size === undefined)
      throw new DmError('DM_GIT_FAILED', { command: 'cat-file', detail: header })
    const start = end + 1
    offset = start + Number(size) + 1
    blobs.set(hash, output.subarray(start, offset - 1))
  }
  return blobs
}
