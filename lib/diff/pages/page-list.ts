/** Page numbers in order, four bytes each: a table of 1 GiB has a quarter of a million leaves. */
export class PageList {
  length = 0
  #pages = new Uint32Array(8)

  push(page: number): void {
    if (this.length === this.#pages.length) {
      const larger = new Uint32Array(this.length * 2)
      larger.set(this.#pages)
      this.#pages = larger
    }
    this.#pages[this.length] = page
    this.length += 1
  }

  at(index: number): number {
    return this.#pages[index] ?? 0
  }

  *[Symbol.iterator](): Generator<number, void, undefined> {
    for (let index = 0; index < this.length; index += 1) yield this.at(index)
  }
}
