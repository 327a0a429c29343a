import { closeSync, fstatSync, openSync, readSync } from 'node:fs'
import { DmError } from '../../errors/dm-error.ts'
import { fileError } from '../../files/file-identity.ts'
import { HEADER_BYTES, parseHeader, type DatabaseHeader } from '../../sqlite/verify-header.ts'

const CHUNK_BYTES = 1024 * 1024

/** SQLite never uses the page with this byte: it locks the file there. */
const LOCK_BYTE = 0x4000_0000

/** A database file, read synchronously by page. Pages are counted from 1, as SQLite does. */
export class PageFile {
  readonly path: string
  readonly side: 'before' | 'after'
  readonly header: DatabaseHeader
  /** Bytes of a page that SQLite uses. */
  readonly usable: number
  readonly #descriptor: number
  readonly #page: DataView<ArrayBuffer>
  readonly #bytes = new Uint8Array(4)
  readonly #number = new DataView(this.#bytes.buffer)

  /**
   * @throws DM_FILE_MISSING, DM_FILE_UNREADABLE, DM_DATABASE_EMPTY, DM_DATABASE_NOT_SQLITE,
   *   DM_DATABASE_HEADER, DM_DATABASE_TRUNCATED, DM_DATABASE_TRAILING
   */
  constructor(path: string, side: 'before' | 'after') {
    this.path = path
    this.side = side
    this.#descriptor = tryReading(path, () => openSync(path, 'r'))
    try {
      const { size } = tryReading(path, () => fstatSync(this.#descriptor))
      const start = Buffer.alloc(Math.min(HEADER_BYTES, size))
      this.readInto(new Uint8Array(start.buffer, start.byteOffset, start.length), 0)
      this.header = parseHeader(path, size, start)
    } catch (error) {
      this.close()
      throw error
    }
    this.usable = this.header.pageSize - this.header.reservedBytes
    this.#page = new DataView(new ArrayBuffer(this.usable))
  }

  /** Fills the target with what the file has from that byte on. */
  readInto(target: Uint8Array, position: number): void {
    for (let done = 0; done < target.length;) {
      const read = tryReading(this.path, () =>
        readSync(this.#descriptor, target, done, target.length - done, position + done),
      )
      // Nobody changes the file meanwhile; a loop without end would be the worse answer.
      if (read === 0) throw new DmError('DM_FILE_CHANGED', { file: this.path })
      done += read
    }
  }

  /** Gives all that the file has, in pieces that are valid for the call. */
  readAll(onChunk: (chunk: Uint8Array) => unknown): void {
    const buffer = new Uint8Array(CHUNK_BYTES)
    for (let position = 0; position < this.header.bytes; position += buffer.length) {
      const chunk = buffer.subarray(0, this.header.bytes - position)
      this.readInto(chunk, position)
      onChunk(chunk)
    }
  }

  /** What SQLite uses of a page; valid until the next call. */
  page(page: number): DataView<ArrayBuffer> {
    this.readInto(new Uint8Array(this.#page.buffer), this.#start(page))
    return this.#page
  }

  /** Four bytes of a page, as a number. */
  uint32(page: number, at = 0): number {
    this.readInto(this.#bytes, this.#start(page) + at)
    return this.#number.getUint32(0)
  }

  uint8(page: number, at: number): number {
    return this.uint32(page, at) >>> 24
  }

  get lockPage(): number {
    return Math.floor(LOCK_BYTE / this.header.pageSize) + 1
  }

  close(): void {
    closeSync(this.#descriptor)
  }

  #start(page: number): number {
    return (page - 1) * this.header.pageSize
  }
}

function tryReading<Result>(path: string, read: () => Result): Result {
  try {
    return read()
  } catch (error) {
    throw fileError(path, error)
  }
}
