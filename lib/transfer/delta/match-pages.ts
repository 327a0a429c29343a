import { randomInt } from 'node:crypto'
import { crc32 } from 'node:zlib'
import { SAME } from '../../diff/pages/inspect-page.ts'
import type { PageFile } from '../../diff/pages/page-file.ts'
import { longestAscending } from './longest-ascending.ts'
import { RecordList } from './record-list.ts'
import type { Records } from './format.ts'

/** Where the base has the page of the target, counted from 0; none: it is new. */
const NONE = 0xffff_ffff
/** Above that, what is kept of each page would take too much memory: 16 GiB in pages of 4 KiB. */
const MOST_PAGES = 2 ** 22
const CHUNK_BYTES = 1024 * 1024
/** Odd, and unknown to whoever made a file: no choice of checksums makes all look in one place. */
const multiplier = randomInt(2 ** 31) * 2 + 1

/** Pages between two that are the same at the same place; of both files from `first` on. */
interface Gap {
  readonly first: number
  readonly endOfBase: number
  readonly endOfTarget: number
}

/**
 * Finds the pages of the target in the base: at the same place first, then, between those, by their
 * content, as long as both are in the same order. The files have the same page size.
 *
 * @param flags of the target's pages, from `comparePages`
 * @throws errors of the file system
 */
export function matchPages(base: PageFile, target: PageFile, flags: Uint8Array): Records {
  const { pageCount } = target.header
  const records = new RecordList()
  let at = 0
  while (at < pageCount) {
    const end = endOfRun(flags, at, pageCount)
    if (isSame(flags, at)) {
      records.take(at, end - at)
    } else {
      const endOfBase = end === pageCount ? base.header.pageCount : end
      const gap = { first: at, endOfBase: Math.max(at, endOfBase), endOfTarget: end }
      matchGap(base, target, gap, records)
    }
    at = end
  }
  return records.finish()
}

function isSame(flags: Uint8Array, at: number): boolean {
  return ((flags[at + 1] ?? 0) & SAME) !== 0
}

function endOfRun(flags: Uint8Array, start: number, pageCount: number): number {
  let end = start + 1
  while (end < pageCount && isSame(flags, end) === isSame(flags, start)) end += 1
  return end
}

function matchGap(base: PageFile, target: PageFile, gap: Gap, records: RecordList): void {
  const pages = gap.endOfTarget - gap.first
  const others = gap.endOfBase - gap.first
  // The one page of both is known to differ.
  const isTold = others === 0 || (pages === 1 && others === 1)
  if (isTold || Math.max(pages, others) > MOST_PAGES) return records.add(pages)
  const places = pairByContent(
    checksums(base, gap.first, others),
    checksums(target, gap.first, pages),
  )
  keepAscending(places)
  for (let at = 0; at < pages;) {
    const place = places[at] ?? NONE
    let end = at + 1
    if (place === NONE) {
      while (end < pages && places[end] === NONE) end += 1
      records.add(end - at)
    } else {
      while (end < pages && places[end] === place + (end - at)) end += 1
      takeEqual(
        base,
        target,
        { from: gap.first + place, to: gap.first + at, pages: end - at },
        records,
      )
    }
    at = end
  }
}

/** Of each page; two that differ may have the same. */
function checksums(file: PageFile, first: number, pages: number): Uint32Array {
  const { pageSize } = file.header
  const sums = new Uint32Array(pages)
  const buffer = Buffer.allocUnsafeSlow(CHUNK_BYTES)
  for (let at = 0; at < pages;) {
    const count = Math.min(pages - at, CHUNK_BYTES / pageSize)
    const chunk = buffer.subarray(0, count * pageSize)
    file.readInto(chunk, (first + at) * pageSize)
    for (let page = 0; page < count; page += 1) {
      sums[at + page] = crc32(chunk.subarray(page * pageSize, (page + 1) * pageSize))
    }
    at += count
  }
  return sums
}

/**
 * For each page of the target a page of the base with the same checksum, or none; of several alike the
 * first goes with the first, the second with the second.
 */
function pairByContent(base: Uint32Array, target: Uint32Array): Uint32Array {
  const bits = Math.ceil(Math.log2(2 * base.length + 1))
  const slots = new Uint32Array(2 ** bits).fill(NONE)
  const next = new Uint32Array(base.length).fill(NONE)
  /** Where the pages of a checksum are, or would be. */
  const slotOf = (sum: number): number => {
    let slot = Math.imul(sum, multiplier) >>> (32 - bits)
    for (;;) {
      const first = slots[slot] ?? NONE
      if (first === NONE || base[first] === sum) return slot
      slot = (slot + 1) & (slots.length - 1)
    }
  }
  for (let at = base.length - 1; at >= 0; at -= 1) {
    const slot = slotOf(base[at] ?? 0)
    next[at] = slots[slot] ?? NONE
    slots[slot] = at
  }
  // The last one of a checksum is given again and again: `keepAscending` takes it once.
  return target.map((sum) => {
    const slot = slotOf(sum)
    const found = slots[slot] ?? NONE
    const after = next[found] ?? NONE
    if (after !== NONE) slots[slot] = after
    return found
  })
}

/** Leaves as many pairs as there can be with both sides in order. */
function keepAscending(places: Uint32Array): void {
  let pairs = 0
  for (const place of places) if (place !== NONE) pairs += 1
  const found = new Uint32Array(pairs)
  let at = 0
  for (const place of places) if (place !== NONE) found[at++] = place
  const kept = longestAscending(found)
  at = 0
  let next = 0
  for (let page = 0; page < places.length; page += 1) {
    if (places[page] === NONE) continue
    if (kept[next] === at) next += 1
    else places[page] = NONE
    at += 1
  }
}

/** Takes those of the pages that are really the same. */
function takeEqual(
  base: PageFile,
  target: PageFile,
  { from, to, pages }: { readonly from: number; readonly to: number; readonly pages: number },
  records: RecordList,
): void {
  const { pageSize } = target.header
  const most = Math.min(pages * pageSize, CHUNK_BYTES)
  const [left, right] = [Buffer.allocUnsafeSlow(most), Buffer.allocUnsafeSlow(most)]
  for (let at = 0; at < pages; at += most / pageSize) {
    const bytes = Math.min(most, (pages - at) * pageSize)
    base.readInto(left.subarray(0, bytes), (from + at) * pageSize)
    target.readInto(right.subarray(0, bytes), (to + at) * pageSize)
    for (let start = 0; start < bytes; start += pageSize) {
      const end = start + pageSize
      const isEqual = left.compare(right, start, end, start, end) === 0
      if (isEqual) records.take(from + at + start / pageSize, 1)
      else records.add(1)
    }
  }
}
