const NOTHING: Buffer = Buffer.alloc(0)

/** Reads from chunks of any size as many bytes as are wanted. */
export class PieceReader {
  readonly #chunks: AsyncGenerator<Buffer, void, undefined>
  #chunk = NOTHING

  /** @param chunks each is valid until the next one is asked for */
  constructor(chunks: AsyncIterable<Buffer> | Iterable<Buffer>) {
    this.#chunks = each(chunks)
  }

  /**
   * Reads `count` bytes into `into`, from `at` on.
   *
   * @returns false: the chunks ended before
   */
  async fill(into: Buffer, at: number, count: number): Promise<boolean> {
    for (let filled = 0; filled < count;) {
      if (this.#chunk.length === 0 && (await this.isAtEnd())) return false
      const copied = this.#chunk.copy(into, at + filled, 0, count - filled)
      this.#chunk = this.#chunk.subarray(copied)
      filled += copied
    }
    return true
  }

  /** At least one byte, and so many at most, valid until the next call; null: the chunks ended. */
  async take(most: number): Promise<Buffer | null> {
    if (await this.isAtEnd()) return null
    const piece = this.#chunk.subarray(0, most)
    this.#chunk = this.#chunk.subarray(piece.length)
    return piece
  }

  async isAtEnd(): Promise<boolean> {
    while (this.#chunk.length === 0) {
      const next = await this.#chunks.next()
      if (next.done === true) return true
      this.#chunk = next.value
    }
    return false
  }

  /** Ends the reading, also in the middle: what the chunks come from is closed. */
  async close(): Promise<void> {
    this.#chunk = NOTHING
    await this.#chunks.return()
  }
}

async function* each(
  chunks: AsyncIterable<Buffer> | Iterable<Buffer>,
): AsyncGenerator<Buffer, void, undefined> {
  yield* chunks
}
