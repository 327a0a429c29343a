import { DmError } from '../errors/dm-error.ts'

/** Why a range did not come: the server ignores ranges, and sends everything. */
export class RangeIgnored extends Error {}

/** The failure where something else came than the range that was asked for. */
export function notTheRange(location: string, key: string, status: number | undefined): DmError {
  const reason = 'the server does not send the range that was asked for'
  const cause = status === 200 ? new RangeIgnored(reason) : undefined
  return new DmError('DM_STORE_FAILED', { location, action: `read '${key}'`, reason }, { cause })
}

export function isRangeIgnored(error: unknown): boolean {
  return error instanceof Error && error.cause instanceof RangeIgnored
}

/**
 * Whether a Content-Range header says exactly what was asked for.
 *
 * @param end inclusive; undefined: to the last byte
 */
export function isRangeAsked(
  header: string | undefined,
  start: number,
  end: number | undefined,
): boolean {
  const [, first, last, total] = /^bytes (\d+)-(\d+)\/(\d+|\*)$/.exec(header ?? '') ?? []
  if (first === undefined || last === undefined || total === undefined) return false
  const final = total === '*' ? Infinity : Number(total) - 1
  const wanted = Math.min(end ?? final, final)
  const isEnd = wanted === Infinity || Number(last) === wanted
  return Number(first) === start && isEnd && Number(last) >= start
}

/** The size of the whole object, in bytes, as a Content-Range header says. */
export function readTotal(header: string | undefined): number | undefined {
  const total = /\/(\d+)$/.exec(header ?? '')?.[1]
  return total === undefined ? undefined : Number(total)
}

/** The bytes from `start` to `end` of a whole body; what comes before is received all the same. */
export async function* cut(
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
