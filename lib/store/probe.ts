import { createHash, randomUUID } from 'node:crypto'
import { buffer } from 'node:stream/consumers'
import { type DmError, isDmError } from '../errors/dm-error.ts'
import type { ByteSource } from './byte-source.ts'
import { engineOf } from './create-store.ts'
import type { Engine } from './engine.ts'
import type { Store } from './store.ts'

/** What a key may do in a bucket; null: it could not be found out. */
export interface Rights {
  readonly exists: boolean | null
  readonly list: boolean | null
  readonly read: boolean | null
  readonly write: boolean | null
  readonly delete: boolean | null
  /** To give up an unfinished upload. Null also where there are none. */
  readonly abort: boolean | null
  /** To list unfinished uploads. Null also where there are none. */
  readonly listUploads: boolean | null
}

/** What was found out, and what stood in the way. */
export interface Probed {
  readonly rights: Rights
  /** Failures that are no answer to the question: the server is away, the key is wrong. */
  readonly failures: readonly DmError[]
}

/** What the names of probes begin with: no dataset has such a folder, and nothing that is staged. */
const PROBES = 'dm-verify-'

/**
 * Finds out what a key may do in a bucket by doing it, with an object of a unique name that is removed
 * in the end. Where the key may not remove, nothing is written: the server is asked for a write that it
 * must refuse for another reason.
 */
export async function probeStore(store: Store, signal?: AbortSignal): Promise<Probed> {
  const engine = engineOf(store)
  if (engine === undefined) throw new TypeError('not a store of ours')
  const probe = new Probe(engine, signal)
  try {
    const isMissing = await probe.isMissing()
    const { failures } = probe
    if (isMissing) return { rights: { ...noRights, exists: false }, failures }
    // One that does not answer is not asked again and again.
    const rights = failures.length > 0 ? noRights : await probe.tryAll()
    return { rights, failures }
  } finally {
    await probe.clear()
  }
}

/** Of a bucket that could not be tried. */
export const noRights: Rights = {
  exists: null,
  list: null,
  read: null,
  write: null,
  delete: null,
  abort: null,
  listUploads: null,
}

class Probe {
  readonly failures: DmError[] = []
  private readonly engine: Engine
  private readonly signal: AbortSignal | undefined
  private readonly key = `${PROBES}${randomUUID()}.txt`
  private isWritten = false

  constructor(engine: Engine, signal: AbortSignal | undefined) {
    this.engine = engine
    this.signal = signal
  }

  /** Whether there is no such bucket; where the key may not ask, that is not known. */
  async isMissing(): Promise<boolean> {
    const { signal } = this
    try {
      await this.engine.verifyBucket({ signal })
    } catch (error) {
      signal?.throwIfAborted()
      if (isDmError(error, 'DM_STORE_NO_BUCKET')) return true
      this.note(error)
    }
    return false
  }

  async tryAll(): Promise<Rights> {
    const { engine, key, signal } = this
    const list = await this.may(() => this.listOne())
    const exists = list === true ? true : null
    // Removing what is not there is allowed to whoever may remove.
    const mayRemove = await this.may(() => engine.remove(key, { signal }))
    const write = await this.tryWrite(mayRemove === true)
    const read = await this.tryRead(list === true)
    if (this.isWritten) {
      await this.may(() => engine.remove(key, { signal }))
      const rest = await this.may(async () => {
        this.isWritten = (await engine.head(key, { signal })) !== null
      })
      if (rest !== true || this.isWritten)
        return { ...noRights, exists, list, read, write, delete: false }
    }
    // A folder removes what is not there for everybody.
    const isAsked = write === true || engine.tryWrite !== undefined
    return {
      exists,
      list,
      read,
      write,
      delete: isAsked ? mayRemove : null,
      ...(await this.tryUploads()),
    }
  }

  /** Removes what is still there, also where the run was interrupted. */
  async clear(): Promise<void> {
    if (this.isWritten) await this.engine.remove(this.key, {}).catch(() => undefined)
  }

  private async listOne(): Promise<void> {
    for await (const _ of this.engine.list(this.key, { signal: this.signal })) break
  }

  private async tryWrite(mayRemove: boolean): Promise<boolean | null> {
    const { engine, key, signal } = this
    if (!mayRemove && engine.tryWrite !== undefined) {
      return this.may(() => engine.tryWrite?.(key, { signal }))
    }
    const sha256 = createHash('sha256').update(content).digest('hex')
    const findTaken = (): Promise<null> => Promise.resolve(null)
    return this.may(async () => {
      this.isWritten = true
      try {
        await engine.write(key, source, { stamp: { sha256 }, signal, findTaken })
      } catch (error) {
        this.isWritten = !isRefused(error)
        throw error
      }
    })
  }

  private async tryRead(mayList: boolean): Promise<boolean | null> {
    const { engine, key, signal } = this
    const read = async (of: string): Promise<void> => {
      const stream = await engine.open(of, { signal })
      await buffer(stream)
    }
    if (this.isWritten) return this.may(() => read(key))
    const found = await this.may(() => read(key), { yes: 'DM_STORE_NOT_FOUND' })
    // S3 answers 403 for what is not there to whoever may not list: that says nothing.
    return found === true || mayList ? found : null
  }

  private async tryUploads(): Promise<Pick<Rights, 'abort' | 'listUploads'>> {
    const { engine, key, signal } = this
    const { uploads } = engine
    if (uploads === undefined) return { abort: null, listUploads: null }
    // Not every server knows this request.
    const unknown = 'DM_STORE_FAILED'
    const list = async (): Promise<void> => {
      for await (const _ of uploads.list(key, { signal })) break
    }
    const listUploads = await this.may(list, { unknown })
    // Only whoever may give up one that never was begins one.
    const never = { key, uploadId: randomUUID(), begun: null }
    const abort = await this.may(() => uploads.abort(never), { unknown })
    if (abort !== true) return { abort, listUploads }
    const begin = async (): Promise<void> => uploads.abort(await uploads.begin(key, {}))
    return { abort: (await this.may(begin)) !== null && abort, listUploads }
  }

  /** Whether the key may do it; null: it was neither done nor denied. */
  private async may(
    work: () => unknown,
    { yes, unknown }: { readonly yes?: string; readonly unknown?: string } = {},
  ): Promise<boolean | null> {
    try {
      await work()
      return true
    } catch (error) {
      this.signal?.throwIfAborted()
      if (!isDmError(error)) throw error
      if (isRefused(error)) return false
      if (error.code === yes) return true
      if (error.code !== unknown) this.note(error)
      return null
    }
  }

  private note(error: unknown): void {
    if (!isDmError(error)) throw error
    if (isDmError(error, 'DM_STORE_DENIED')) return
    if (!this.failures.some(({ message }) => message === error.message)) this.failures.push(error)
  }
}

/** Whether the key, or the user, may not do it. */
function isRefused(error: unknown): boolean {
  return isDmError(error, 'DM_STORE_DENIED') || isDmError(error, 'DM_STORE_PERMISSION')
}

const content = Buffer.from('Written by dm verify, and removed by it.\n')

const source: ByteSource = {
  name: 'a probe',
  bytes: content.length,
  async *open(start) {
    yield content.subarray(start)
  },
  verifyUnchanged: () => Promise.resolve(),
}
