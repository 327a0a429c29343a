import { createHash, randomUUID } from 'node:crypto'
import { buffer } from 'node:stream/consumers'
import { type DmError, isDmError } from '../errors/dm-error.ts'
import type { ByteSource } from './byte-source.ts'
import { engineOf } from './create-store.ts'
import type { Engine } from './engine.ts'
import type { Store, UnfinishedUpload } from './store.ts'

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
  /** The keys of what was made and could not be removed, or an upload of it not given up. */
  readonly left: readonly string[]
}

/** What the names of probes begin with: no dataset has such a folder, and nothing that is staged. */
const PROBES = 'dm-verify-'
/** Only what is named so is removed: what a run that was killed has left. */
const probeKey = /^dm-verify-[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\.txt$/
/** Another run may still use what is younger, in milliseconds. */
const ABANDONED_AFTER_MS = 24 * 60 * 60 * 1000

/**
 * Finds out what a key may do in a bucket by doing it, with an object of a unique name that is removed
 * in the end; what runs that were killed have left is removed, too. Where the key may not remove,
 * nothing is written: the server is asked for a write that it must refuse for another reason.
 */
export async function probeStore(store: Store, signal?: AbortSignal): Promise<Probed> {
  const engine = engineOf(store)
  if (engine === undefined) throw new TypeError('not a store of ours')
  const probe = new Probe(engine, signal)
  let rights = noRights
  try {
    if (await probe.isMissing()) rights = { ...noRights, exists: false }
    // One that does not answer is not asked again and again.
    else if (probe.failures.length === 0) rights = await probe.tryAll()
  } finally {
    await probe.clear()
  }
  return { rights, failures: probe.failures, left: probe.left }
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
  readonly left: string[] = []
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
    const others: { key: string; time: Date }[] = []
    const list = await this.may(async () => {
      for await (const { key: other, modified } of engine.list(PROBES, { signal })) {
        if (probeKey.test(other)) others.push({ key: other, time: modified })
      }
    })
    // Removing what is not there is allowed to whoever may remove.
    const mayRemove = await this.may(() => engine.remove(key, { signal }))
    const write = await this.tryWrite(mayRemove === true)
    const read = await this.tryRead(list === true)
    // A folder removes what is not there for everybody.
    const isAsked = write === true || engine.tryWrite !== undefined
    const removed = this.isWritten ? await this.tryRemove() : isAsked ? mayRemove : null
    if (removed === true) {
      for (const other of await this.abandoned(others)) {
        await this.may(() => engine.remove(other.key, { signal }))
      }
    }
    const exists = list === true ? true : null
    return { exists, list, read, write, delete: removed, ...(await this.tryUploads()) }
  }

  /** Removes what is still there, also where the run was interrupted; tells what stays. */
  async clear(): Promise<void> {
    if (!this.isWritten) return
    await this.engine.remove(this.key, {}).catch(() => this.left.push(this.key))
  }

  private async tryWrite(mayRemove: boolean): Promise<boolean | null> {
    const { engine, key, signal } = this
    if (!mayRemove && engine.tryWrite !== undefined) {
      return this.may(async () => {
        // A server that does not look at what is wrong with it stores it.
        this.isWritten = (await engine.tryWrite?.(key, { signal })) === 'written'
      })
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

  private async tryRemove(): Promise<boolean | null> {
    const { engine, key, signal } = this
    const removed = await this.may(() => engine.remove(key, { signal }))
    if (removed !== true) return removed
    await this.may(async () => {
      this.isWritten = (await engine.head(key, { signal })) !== null
    })
    return this.isWritten ? null : true
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
    const others: (UnfinishedUpload & { readonly time: Date | null })[] = []
    const list = async (): Promise<void> => {
      for await (const upload of uploads.list(PROBES, { signal })) {
        if (probeKey.test(upload.key)) others.push({ ...upload, time: upload.begun })
      }
    }
    const listUploads = await this.may(list, { unknown })
    // Only whoever may give up one that never was begins one.
    const never = { key, uploadId: randomUUID(), begun: null }
    const mayAbort = await this.may(() => uploads.abort(never), { unknown })
    if (mayAbort !== true) return { abort: mayAbort, listUploads }
    for (const upload of await this.abandoned(others)) await this.may(() => uploads.abort(upload))
    const made: UnfinishedUpload[] = []
    await this.may(async () => made.push(await uploads.begin(key, {})))
    const [begun] = made
    if (begun === undefined) return { abort: mayAbort, listUploads }
    const abort = await this.may(() => uploads.abort(begun))
    if (abort !== true) this.left.push(key)
    return { abort, listUploads }
  }

  /** Those that a run must have left that was killed long ago, by the store's clock. */
  private async abandoned<Item extends { readonly time: Date | null }>(
    items: readonly Item[],
  ): Promise<Item[]> {
    const { engine, signal } = this
    if (items.length === 0) return []
    const found: Item[] = []
    await this.may(async () => {
      const before = (await engine.now({ signal })).getTime() - ABANDONED_AFTER_MS
      found.push(...items.filter(({ time }) => time !== null && time.getTime() < before))
    })
    return found
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
  async *open() {
    yield content
  },
  verifyUnchanged: () => Promise.resolve(),
}
