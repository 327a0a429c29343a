import type { Rowid } from './inspect-page.ts'

const LARGEST = 2n ** 63n - 1n

/**
 * The leaves of a table in the order of its b-tree, twelve bytes each: 1 GiB has a quarter of a million.
 * By the interior pages, a leaf holds the rowids up to its bound that are above that of the leaf before it.
 */
export class LeafList {
  length = 0
  #pages = new Uint32Array(8)
  #bounds = new BigInt64Array(8)

  /** Whether the bound is above the last one, as it has to be; null: it is the last leaf. */
  push(page: number, bound: Rowid | null): boolean {
    if (this.length === this.#pages.length) {
      this.#pages = enlarge(this.#pages, new Uint32Array(this.length * 2))
      this.#bounds = enlarge(this.#bounds, new BigInt64Array(this.length * 2))
    }
    this.#pages[this.length] = page
    this.#bounds[this.length] = bound === null ? LARGEST : BigInt(bound)
    this.length += 1
    return this.length === 1 || this.bound(this.length - 1) > this.bound(this.length - 2)
  }

  page(index: number): number {
    return this.#pages[index] ?? 0
  }

  /** The largest rowid that may be on a leaf. */
  bound(index: number): bigint {
    return this.#bounds[index] ?? LARGEST
  }

  /** Whether rowids from `first` to `last` may be on a leaf. */
  admits(index: number, first: Rowid, last: Rowid): boolean {
    return last <= this.bound(index) && (index === 0 || first > this.bound(index - 1))
  }

  /** Whether the same rowids may be on a leaf as on one of another list. */
  hasBoundsOf(index: number, other: LeafList, otherIndex: number): boolean {
    if ((index === 0) !== (otherIndex === 0)) return false
    if (this.bound(index) !== other.bound(otherIndex)) return false
    return index === 0 || this.bound(index - 1) === other.bound(otherIndex - 1)
  }
}

function enlarge<List extends { set(from: List): void }>(list: List, larger: List): List {
  larger.set(list)
  return larger
}
