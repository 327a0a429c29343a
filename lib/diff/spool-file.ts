import { closeSync, ftruncateSync, openSync, readSync, writeSync } from 'node:fs'

/** Characters that are kept before they are written. */
const ROOM = 256 * 1024

/** A new file that text is added to, a little at a time. */
export class SpoolFile {
  readonly path: string
  bytes = 0
  /** Line ends in what was written. */
  lines = 0
  #waiting: string[] = []
  #length = 0
  #descriptor: number | null
  #at = 0

  /** @throws errors of the file system */
  constructor(path: string) {
    this.path = path
    this.#descriptor = openSync(path, 'w', 0o600)
  }

  write(text: string): void {
    for (let at = text.indexOf('\n'); at !== -1; at = text.indexOf('\n', at + 1)) this.lines++
    if (text.length > ROOM) {
      this.#writeLong(text)
      return
    }
    this.#waiting.push(text)
    this.#length += text.length
    if (this.#length > ROOM) this.#flush()
  }

  /** A piece at a time: as a whole it would be in the memory once more. */
  #writeLong(text: string): void {
    this.#flush()
    for (let at = 0; at < text.length;) {
      const end = at + ROOM
      // Not between the halves of a pair.
      const isSplit = /[\ud800-\udbff]/.test(text.charAt(end - 1))
      const piece = text.slice(at, isSplit ? end + 1 : end)
      this.#put(Buffer.from(piece))
      at += piece.length
    }
  }

  /** Adds what another file has, which is closed. */
  append(other: SpoolFile): void {
    this.#flush()
    const buffer = Buffer.alloc(ROOM)
    const from = openSync(other.path, 'r')
    try {
      for (let read = 1; read > 0;) {
        read = readSync(from, buffer)
        this.#put(buffer.subarray(0, read))
      }
    } finally {
      closeSync(from)
    }
    this.lines += other.lines
  }

  /** Forgets what was written. */
  restart(): void {
    this.#waiting = []
    this.#length = 0
    ftruncateSync(this.#descriptor ?? -1)
    this.#at = 0
    this.bytes = 0
    this.lines = 0
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
    this.#put(data)
  }

  #put(data: Buffer): void {
    for (let at = 0; at < data.length;) {
      const written = writeSync(this.#descriptor ?? -1, data, at, data.length - at, this.#at)
      at += written
      this.#at += written
    }
    this.bytes += data.length
  }
}
