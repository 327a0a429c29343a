import { Doubt } from './doubt.ts'
import type { PageFile } from './page-file.ts'

/** Of an entry: a byte that says what a page is, four that say which page refers to it. */
const ENTRY_BYTES = 5
/** Of a page that another overflow page refers to. */
const LATER_OVERFLOW = 4

/**
 * The pointer map that databases with auto_vacuum have: pages at fixed places, an entry for each page.
 * https://www.sqlite.org/fileformat2.html#pointer_map_or_ptrmap_pages
 */
export class PointerMap {
  readonly #file: PageFile
  /** From one page of the map to the next; 0: there is no map. */
  readonly #step: number

  constructor(file: PageFile) {
    this.#file = file
    this.#step = file.uint32(1, 52) === 0 ? 0 : Math.floor(file.usable / ENTRY_BYTES) + 1
  }

  /** The pages of the map. */
  *pages(): Generator<number, void, undefined> {
    const { lockPage, header } = this.#file
    if (this.#step === 0) return
    for (let page = 2; page <= header.pageCount; page += this.#step) {
      yield page === lockPage ? page + 1 : page
    }
  }

  /**
   * From the map, without a look at the overflow page itself, SQLite concludes that the page behind it
   * is the next. Here that has to be what the overflow page says.
   *
   * @throws Doubt
   */
  verifyNext(page: number, next: number): void {
    if (this.#step === 0) return
    const { header, lockPage } = this.#file
    let behind = page + 1
    while (behind === this.#mapOf(behind) || behind === lockPage) behind += 1
    if (behind === next || behind > header.pageCount) return
    const map = this.#mapOf(behind)
    const at = (behind - map - 1) * ENTRY_BYTES
    if (this.#file.uint8(map, at) !== LATER_OVERFLOW) return
    if (this.#file.uint32(map, at + 1) !== page) return
    throw new Doubt(this.#file, `the pointer map is wrong about page ${behind}`)
  }

  /** Which page of the map has the entry of a page, or is that page. */
  #mapOf(page: number): number {
    const map = Math.floor((page - 2) / this.#step) * this.#step + 2
    return map === this.#file.lockPage ? map + 1 : map
  }
}
