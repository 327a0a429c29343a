import { inspectPage, SAME } from './inspect-page.ts'
import type { PageFile } from './page-file.ts'

/** Large enough that the cost per read vanishes, small enough to stay in the processor's cache. */
const CHUNK_BYTES = 1024 * 1024

/** What `inspect-page.ts` says of each page, by its number. */
export interface ComparedPages {
  readonly before: Uint8Array
  readonly after: Uint8Array
}

/** Told how many bytes of two files have been read, and how many there are. */
export type OnRead = (progress: { readonly done: number; readonly total: number }) => void

/** So many bytes are read between two reports. */
const REPORTED_BYTES = 8 * CHUNK_BYTES

/**
 * Reads both files once, from the first page to the last, and says of each page what it is and
 * whether the other file has the same at that number. The files have the same page size.
 *
 * @param options.onBefore is given the bytes of the file before, piece by piece, as they are read
 */
export function comparePages(
  before: PageFile,
  after: PageFile,
  {
    onBefore,
    onRead,
  }: {
    readonly onBefore?: (chunk: Uint8Array) => unknown
    readonly onRead?: OnRead | undefined
  } = {},
): ComparedPages {
  const { pageSize } = before.header
  const pages: ComparedPages = {
    before: new Uint8Array(before.header.pageCount + 1),
    after: new Uint8Array(after.header.pageCount + 1),
  }
  const chunkPages = CHUNK_BYTES / pageSize
  const buffers = [
    Buffer.allocUnsafeSlow(CHUNK_BYTES),
    Buffer.allocUnsafeSlow(CHUNK_BYTES),
  ] as const
  const total = (before.header.pageCount + after.header.pageCount) * pageSize
  let done = 0
  let reported = 0
  const last = Math.max(before.header.pageCount, after.header.pageCount)
  for (let first = 1; first <= last; first += chunkPages) {
    const left = readChunk(before, buffers[0], first)
    const right = readChunk(after, buffers[1], first)
    onBefore?.(left)
    done += left.length + right.length
    if (done - reported >= REPORTED_BYTES) {
      reported = done
      onRead?.({ done, total })
    }
    const areSame = left.equals(right)
    if (areSame) {
      inspectAll(left, before, pages.before, first, SAME)
      pages.after.set(pages.before.subarray(first, first + left.length / pageSize), first)
    } else {
      inspectAll(left, before, pages.before, first, 0)
      inspectAll(right, after, pages.after, first, 0)
      markSame(left, right, pages, first, pageSize)
    }
  }
  return pages
}

/** As many pages as fit, or as there are; none behind the end of the file. */
function readChunk(
  file: PageFile,
  buffer: Buffer<ArrayBuffer>,
  first: number,
): Buffer<ArrayBuffer> {
  const { pageSize, pageCount } = file.header
  const count = Math.max(0, Math.min(buffer.length / pageSize, pageCount - first + 1))
  const chunk = buffer.subarray(0, count * pageSize)
  file.readInto(chunk, (first - 1) * pageSize)
  return chunk
}

function inspectAll(
  chunk: Buffer<ArrayBuffer>,
  { usable, header: { pageSize } }: PageFile,
  flags: Uint8Array,
  first: number,
  also: number,
): void {
  const bytes = new DataView(chunk.buffer, chunk.byteOffset, chunk.length)
  for (let start = 0; start < chunk.length; start += pageSize) {
    const page = first + start / pageSize
    flags[page] = inspectPage(bytes, start, page, usable) | also
  }
}

function markSame(
  left: Buffer,
  right: Buffer,
  { before, after }: ComparedPages,
  first: number,
  pageSize: number,
): void {
  const shared = Math.min(left.length, right.length)
  for (let start = 0; start < shared; start += pageSize) {
    const end = start + pageSize
    if (left.compare(right, start, end, start, end) !== 0) continue
    const page = first + start / pageSize
    before[page] = (before[page] ?? 0) | SAME
    after[page] = (after[page] ?? 0) | SAME
  }
}
