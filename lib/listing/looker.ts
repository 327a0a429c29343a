import { DmError, isDmError } from '../errors/dm-error.ts'
import type { ObjectInfo, Store } from '../store/store.ts'

/** Looks at single objects, each once however often it is asked for. */
export interface Looker {
  /** Null: it is not there. Undefined: nobody knows, since the store does not tell. */
  readonly look: (object: { bucket: string; key: string }) => Promise<ObjectInfo | null | undefined>
  /** As it was found by then; undefined also where nobody has looked. */
  readonly seen: (object: { bucket: string; key: string }) => ObjectInfo | null | undefined
  /** Why a bucket does not tell, by its logical name. */
  readonly failures: ReadonlyMap<string, DmError>
}

/** How long a store may take for one answer, in milliseconds: whoever asks wants to see the rest. */
const patience = 10_000

/** How many objects are looked at; strangers may propose any number. */
const mostLooks = 2000

/** How many at a time. */
const atOnce = 8

/** A bucket that has failed once is not asked again. */
export function createLooker(open: (bucket: string) => Store, signal: AbortSignal): Looker {
  const failures = new Map<string, DmError>()
  const asked = new Map<string, Promise<ObjectInfo | null | undefined>>()
  const seen = new Map<string, ObjectInfo | null>()
  const turns = Array.from({ length: atOnce }, () => Promise.resolve<unknown>(null))
  const idOf = ({ bucket, key }: { bucket: string; key: string }): string => `${bucket}\0${key}`

  async function ask(bucket: string, key: string): Promise<ObjectInfo | null | undefined> {
    signal.throwIfAborted()
    if (failures.has(bucket)) return undefined
    const timeout = AbortSignal.timeout(patience)
    try {
      const store = open(bucket)
      const info = await store.head(key, { signal: AbortSignal.any([signal, timeout]) })
      seen.set(idOf({ bucket, key }), info)
      return info
    } catch (error) {
      signal.throwIfAborted()
      // A key that no store has says nothing of the store.
      if (isDmError(error, 'DM_STORE_KEY')) return null
      // That the config has no such bucket is told where it is planned.
      if (isDmError(error, 'DM_UNKNOWN_BUCKET')) return undefined
      if (!isDmError(error) && !timeout.aborted) throw error
      const location = `the bucket '${bucket}'`
      const reason = `no answer within ${patience / 1000} s`
      const failure = isDmError(error)
        ? error
        : new DmError('DM_STORE_UNAVAILABLE', { location, reason }, { cause: error })
      if (!failures.has(bucket)) failures.set(bucket, failure)
      return undefined
    }
  }

  return {
    failures,
    seen: (object) => seen.get(idOf(object)),
    look(object) {
      const id = idOf(object)
      const known = asked.get(id)
      if (known !== undefined) return known
      if (asked.size === mostLooks) return Promise.resolve(undefined)
      const turn = asked.size % atOnce
      const before = turns[turn] ?? Promise.resolve()
      const answer = before.then(() => ask(object.bucket, object.key))
      turns[turn] = answer.catch(() => undefined)
      asked.set(id, answer)
      return answer
    },
  }
}
