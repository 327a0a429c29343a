import { BrokenForm } from '../broken-form.ts'
import { largestFrame } from './format.ts'
import type { PieceReader } from './piece-reader.ts'

// How a frame is laid out: RFC 8878, 3.1.1.
const MAGIC = 0xfd2fb528
/** Magic number and descriptor. */
const BEGIN_BYTES = 5
const BLOCK_HEADER_BYTES = 3
const CHECKSUM_BYTES = 4
/** A block of one byte that is repeated. */
const RLE_BLOCK = 1

/**
 * The next frame as it stands there, found by walking over its blocks without decompressing them.
 *
 * @param bytes the size of its content, which its header has to say
 * @param into where it is read to; as large as the largest of frames
 * @returns the frame in a buffer of its own
 * @throws BrokenForm where it is no such frame, cut short, or larger than any compressor makes it
 */
export async function readFrame(reader: PieceReader, bytes: number, into: Buffer): Promise<Buffer> {
  const largest = largestFrame(bytes)
  let length = 0
  /** Reads so much more of the frame, and says where it begins. */
  const take = async (count: number): Promise<number> => {
    if (length + count > largest) throw new BrokenForm('a frame is too large for its content')
    if (!(await reader.fill(into, length, count))) throw new BrokenForm('it is cut short')
    length += count
    return length - count
  }

  await take(BEGIN_BYTES)
  if (into.readUInt32LE(0) !== MAGIC) throw new BrokenForm('a frame does not begin where it should')
  const descriptor = into.readUInt8(4)
  const isSingleSegment = (descriptor & 0x20) !== 0
  if ((descriptor & 0x0b) !== 0)
    throw new BrokenForm('a frame needs a dictionary, or is of no known kind')
  if (!isSingleSegment) await take(1)
  if ((await takeSize(descriptor >> 6, isSingleSegment)) !== bytes) {
    throw new BrokenForm(`a frame does not say that it has ${bytes} bytes of content`)
  }
  for (let isLast = false; !isLast;) {
    const header = into.readUIntLE(await take(BLOCK_HEADER_BYTES), BLOCK_HEADER_BYTES)
    isLast = (header & 1) === 1
    await take(((header >> 1) & 3) === RLE_BLOCK ? 1 : header >> 3)
  }
  if ((descriptor & 0x04) !== 0) await take(CHECKSUM_BYTES)
  // Most frames are much smaller than their content, and several are kept.
  return Buffer.from(into.subarray(0, length))

  async function takeSize(kind: number, isSingle: boolean): Promise<number | null> {
    switch (kind) {
      case 0:
        return isSingle ? into.readUInt8(await take(1)) : null
      case 1:
        return into.readUInt16LE(await take(2)) + 256
      case 2:
        return into.readUInt32LE(await take(4))
      default:
        return Number(into.readBigUInt64LE(await take(8)))
    }
  }
}
