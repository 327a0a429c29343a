import { closeSync, openSync, writeSync } from 'node:fs'

/** Characters that are kept before they are written. */
const ROOM = 256 * 1024

/** A new file that text is added to, a little at a time. */
export class SpoolFile {
  readonly path: string
  bytes = 0
  #waiting: string[] = []
  #length = 0
  #descriptor: number | null

  /** @throws errors of the file system */
  constructor(path: string) {
    this.path = path
    this.#descriptor = openSync(path, 'w', 0o600)
  }

  write(text: string): void {
    this.#waiting.push(text)
    this.#length += text.length
    if (this.#length > ROOM) this.#flush()
  }

  /** Writes what waits; may be called again. */
  close(): void {
    if (this.#descriptor === null) return
    try {
      this.#flush()
    } finally {
      closeSync(this.#descriptor)
      this.#descriptor = null
    }
  }

  #flush(): void {
    const data = Buffer.from(this.#waiting.join(''))
    this.#waiting = []
    this.#length = 0
    for (let at = 0; at < data.length;) {
      at += writeSync(this.#descriptor ?? -1, data, at)
    }
    this.bytes += data.length
  }
}
