/** Hands chunks from whoever makes them to whoever asks for them, one at a time. */
export class Handoff {
  #given = Promise.withResolvers<Buffer | null>()
  #taken = Promise.withResolvers<void>()

  constructor() {
    this.#given.promise.catch(() => undefined)
  }

  /** Gives a chunk; returns when the next one is asked for. To be awaited before the next call. */
  async give(chunk: Buffer): Promise<void> {
    this.#taken = Promise.withResolvers()
    this.#given.resolve(chunk)
    await this.#taken.promise
  }

  /** After the last chunk. */
  end(): void {
    this.#given.resolve(null)
  }

  /** Whoever asks for the next chunk gets this failure instead. */
  fail(error: Error): void {
    this.#given.reject(error)
  }

  /** What is given, for one reader; a chunk is valid until the next one is asked for. */
  async *chunks(): AsyncGenerator<Buffer, void, undefined> {
    for (;;) {
      const chunk = await this.#given.promise
      if (chunk === null) return
      this.#given = Promise.withResolvers()
      this.#given.promise.catch(() => undefined)
      yield chunk
      this.#taken.resolve()
    }
  }
}
