import type { Records } from './format.ts'

/** Collects where the pages of a target come from, in their order. */
export class RecordList {
  #numbers = new Uint32Array(48)
  #length = 0
  /** The record that is being made, and where in the base it ends. */
  #skip = 0
  #copy = 0
  #fresh = 0
  #end = 0

  /** Pages that the base has from `place` on; never before what was taken already. */
  take(place: number, pages: number): void {
    if (this.#fresh > 0 || place !== this.#end) {
      this.#close()
      this.#skip = place - this.#end
    }
    this.#copy += pages
    this.#end = place + pages
  }

  /** Pages that are new. */
  add(pages: number): void {
    this.#fresh += pages
  }

  finish(): Records {
    this.#close()
    return this.#numbers.slice(0, this.#length)
  }

  #close(): void {
    if (this.#copy + this.#fresh > 0) {
      if (this.#length === this.#numbers.length) {
        const grown = new Uint32Array(2 * this.#length)
        grown.set(this.#numbers)
        this.#numbers = grown
      }
      this.#numbers.set([this.#skip, this.#copy, this.#fresh], this.#length)
      this.#length += 3
    }
    this.#skip = 0
    this.#copy = 0
    this.#fresh = 0
  }
}
