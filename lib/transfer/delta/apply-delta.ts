import { BrokenForm } from '../broken-form.ts'
import { PieceReader } from '../zst/piece-reader.ts'
import { decompressZst } from '../zst/decompress.ts'
import { HEADER_BYTES, type DeltaHeader, type Named, parseHeader, RECORD_BYTES } from './format.ts'

/** What a delta must say that it is. */
export interface ExpectedDelta {
  readonly base: Named
  readonly target: Named
  readonly signal?: AbortSignal | undefined
}

/**
 * The target that a delta makes of its base, in constant memory; where the target is the base of another
 * delta, its bytes can be handed on as they come. The delta may be anything: whoever uses the target
 * hashes it. A chunk is valid until the next one is asked for. Neither source is read behind what the
 * target needs; one that was begun is closed, one that was not is left alone.
 *
 * @param base its bytes, from the first one on
 * @throws BrokenForm; what the sources throw
 */
export async function* applyDelta(
  base: AsyncIterable<Buffer>,
  delta: AsyncIterable<Buffer>,
  expected: ExpectedDelta,
): AsyncGenerator<Buffer, void, undefined> {
  const input = new PieceReader(delta)
  const old = new PieceReader(base)
  try {
    const header = parseHeader(await readStart(input))
    verifyExpected(header, expected)
    const { recordBytes: bytes } = header
    const content = decompressZst(allOf(input), { bytes, signal: expected.signal })
    const records = new PieceReader(content)
    try {
      yield* follow(records, old, header)
      // Also that nothing comes behind them.
      if (!(await records.isAtEnd())) throw new BrokenForm('it goes on behind its last page')
    } finally {
      await records.close()
    }
  } finally {
    await input.close()
    await old.close()
  }
}

async function readStart(input: PieceReader): Promise<Buffer> {
  const start = Buffer.alloc(HEADER_BYTES)
  if (!(await input.fill(start, 0, HEADER_BYTES))) throw new BrokenForm('its header is cut short')
  return start
}

async function* allOf(input: PieceReader): AsyncGenerator<Buffer, void, undefined> {
  for (;;) {
    const piece = await input.take(Infinity)
    if (piece === null) return
    yield piece
  }
}

async function* follow(
  records: PieceReader,
  base: PieceReader,
  { pageSize, base: { bytes }, target }: DeltaHeader,
): AsyncGenerator<Buffer, void, undefined> {
  const record = Buffer.alloc(RECORD_BYTES)
  let inBase = bytes / pageSize
  let missing = target.bytes / pageSize
  while (missing > 0) {
    if (!(await records.fill(record, 0, RECORD_BYTES))) {
      throw new BrokenForm('it ends before its last page')
    }
    const skip = record.readUInt32LE(0)
    const copy = record.readUInt32LE(4)
    const fresh = record.readUInt32LE(8)
    if (copy + fresh === 0) throw new BrokenForm('a record brings no page')
    if (copy + fresh > missing) throw new BrokenForm('it has more pages than its target')
    if (skip + copy > inBase) throw new BrokenForm('it takes pages that its base does not have')
    inBase -= skip + copy
    missing -= copy + fresh
    yield* take(base, skip * pageSize, copy * pageSize)
    for (let left = fresh * pageSize; left > 0;) {
      const chunk = await records.take(left)
      if (chunk === null) throw new BrokenForm('it ends before its last page')
      left -= chunk.length
      yield chunk
    }
  }
}

/** So many bytes of the base, behind so many that are left out. */
async function* take(
  base: PieceReader,
  skip: number,
  bytes: number,
): AsyncGenerator<Buffer, void, undefined> {
  let skipped = 0
  while (skipped < skip + bytes) {
    const isSkipping = skipped < skip
    const chunk = await base.take((isSkipping ? skip : skip + bytes) - skipped)
    if (chunk === null) throw new BrokenForm('its base is shorter than it should be')
    skipped += chunk.length
    if (!isSkipping) yield chunk
  }
}

function verifyExpected(header: DeltaHeader, expected: ExpectedDelta): void {
  for (const side of ['base', 'target'] as const) {
    const { sha256, bytes } = header[side]
    if (sha256 !== expected[side].sha256) {
      throw new BrokenForm(`its ${side} is ${sha256}, not ${expected[side].sha256}`)
    }
    if (bytes !== expected[side].bytes) {
      throw new BrokenForm(`its ${side} has ${bytes} bytes, not ${expected[side].bytes}`)
    }
  }
}
