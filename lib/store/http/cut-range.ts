import { Readable } from 'node:stream'

/**
 * The bytes from `start` to `end` of a whole body: for servers that do not know ranges. What comes
 * before is received all the same.
 *
 * @param end inclusive; undefined: to the last byte
 */
export function cutRange(body: Readable, start: number, end: number | undefined): Readable {
  return Readable.from(cut(body, start, end), { objectMode: false })
}

async function* cut(
  body: AsyncIterable<Uint8Array>,
  start: number,
  end = Infinity,
): AsyncGenerator<Uint8Array, void, undefined> {
  let offset = 0
  for await (const chunk of body) {
    const wanted = chunk.subarray(Math.max(0, start - offset), end + 1 - offset)
    offset += chunk.length
    if (wanted.length > 0) yield wanted
    if (offset > end) return
  }
}
