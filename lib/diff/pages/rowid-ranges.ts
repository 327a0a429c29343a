import type { Rowid } from './inspect-page.ts'

/** Rowids from `first` to `last`, both included. */
export interface RowidRange {
  readonly first: bigint
  readonly last: bigint
}

interface Span {
  first: Rowid
  last: Rowid
}

/** The rowids of leaves of one b-tree, given in its order; leaves that follow one another make one range. */
export class LeafSpans {
  readonly spans: Span[] = []
  leaves = 0
  #index = Number.NaN

  /** @param leaf `index`: which one of the b-tree it is */
  add({ index, first, last }: Span & { readonly index: number }): void {
    this.leaves += 1
    const current = this.spans.at(-1)
    if (current !== undefined && index === this.#index + 1) {
      if (first < current.first) current.first = first
      if (last > current.last) current.last = last
    } else this.spans.push({ first, last })
    this.#index = index
  }
}

/** The rowids of both, in order; ranges that touch or overlap become one. */
export function uniteSpans(left: LeafSpans, right: LeafSpans): RowidRange[] {
  const ranges: { first: bigint; last: bigint }[] = []
  const spans = [...left.spans, ...right.spans]
  for (const span of spans.toSorted((a, b) =>
    a.first < b.first ? -1 : a.first > b.first ? 1 : 0,
  )) {
    const first = BigInt(span.first)
    const last = BigInt(span.last)
    const current = ranges.at(-1)
    if (current !== undefined && first <= current.last + 1n) {
      if (last > current.last) current.last = last
    } else ranges.push({ first, last })
  }
  return ranges
}
