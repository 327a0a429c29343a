import { DmError, isDmError } from '../errors/dm-error.ts'
import { REFUSALS } from '../store/open-stores.ts'
import { fillPartial } from '../store/fill-partial.ts'
import { receiveObject } from '../store/receive-object.ts'
import type { ReadableStore, RequestOptions } from '../store/store.ts'
import type { Nearby } from './nearby.ts'
import { openCompressed, openDeltas, type OpenWayOptions, readNearby } from './open-way.ts'
import type { Wanted } from './wanted.ts'
import { type ObjectAt, objectsOf, type Way } from './ways.ts'

/** Opens a bucket for reading, by its logical name. */
export type Open = (bucket: string) => ReadableStore

export interface ReceiveVersionOptions extends RequestOptions {
  /** Called with the bytes that are here, out of `total`. */
  readonly onProgress?: ((done: number, total: number) => void) | undefined
  /** Called with a sentence for the user. */
  readonly onNotice?: ((sentence: string) => void) | undefined
  /** Permissions of the file where it is made, before the umask; default: as of any new file. */
  readonly mode?: number | undefined
}

/** What came of it. */
export interface ReceivedVersion {
  /** Size of the file, in bytes. */
  readonly bytes: number
  /** What came from stores, on all ways that were tried, in bytes. */
  readonly receivedBytes: number
  /** How it came: as it is, compressed, as a delta of what was here; from the cache. */
  readonly via: Way['via']
}

const elsewhere: ReadonlySet<string> = new Set([
  ...REFUSALS,
  'DM_STORE_NOT_FOUND',
  'DM_STORE_NO_BUCKET',
  'DM_UNKNOWN_BUCKET',
  'DM_PULL_BASE',
  'DM_STAGED_BASE',
  'DM_FORM_BROKEN',
])

/** Whether a place says that the bytes are not there, or not for this reader. */
export function isElsewhere({ code }: DmError): boolean {
  return elsewhere.has(code)
}

/** What every way fails with. */
const everywhere: ReadonlySet<string> = new Set([
  'DM_DISK_FULL',
  'DM_DESTINATION_UNUSABLE',
  'DM_STORE_BUSY',
  'DM_STORE_CERTIFICATE',
])

/**
 * Brings a version's bytes into a local file by the first way that leads there: when it returns, the file
 * has the hash and is on the disk. What a way that can be done without fails with is told as a notice.
 *
 * @param ways from `planWays`
 * @throws where no way leads there, why the version itself was not to be had: DM_STORE_…,
 *   DM_BYTES_RECEIVED_DIFFER, DM_FORM_BROKEN, DM_STAGED_BASE, DM_PULL_BASE; DM_DISK_FULL,
 *   DM_DESTINATION_UNUSABLE
 */
export async function receiveVersion(
  open: Open,
  wanted: Wanted,
  ways: readonly Way[],
  nearby: Nearby,
  file: string,
  { onProgress, mode, ...options }: ReceiveVersionOptions,
): Promise<ReceivedVersion> {
  const { signal, onNotice } = options
  const failures: unknown[] = []
  let receivedBytes = 0
  const opening: OpenWayOptions = {
    ...options,
    open,
    nearby,
    onReceived(bytes) {
      receivedBytes += bytes
    },
  }
  for (const [index, way] of ways.entries()) {
    const before = receivedBytes
    try {
      const bytes = await take(way, wanted, file, { ...opening, onProgress, mode })
      return { bytes, receivedBytes, via: way.via }
    } catch (error) {
      signal?.throwIfAborted()
      if (!isDmError(error)) throw error
      const next = ways[index + 1]
      if (way.isOptional && next !== undefined) {
        const isOver = error.code === 'DM_STORE_UNAVAILABLE' && receivedBytes === before
        if (isOver || everywhere.has(error.code)) throw error
        if (way.via !== 'cache') onNotice?.(`${error.message} Trying ${nameOf(next)} instead.`)
        continue
      }
      if (!isElsewhere(error)) throw error
      failures.push(error)
    }
  }
  throw failures[0]
}

type TakeOptions = OpenWayOptions & Pick<ReceiveVersionOptions, 'onProgress' | 'mode'>

/** Goes one way; the size of the file. */
async function take(way: Way, wanted: Wanted, file: string, options: TakeOptions): Promise<number> {
  const { sha256, bytes } = wanted
  const { open, nearby, signal } = options
  if (way.via === 'whole') {
    const { bucket, key } = way.object
    const received = await receiveObject(open(bucket), { key, sha256, bytes }, file, options)
    options.onReceived(received.receivedBytes)
    return received.bytes
  }
  if ('missingBase' in way) {
    const { dataset, version } = wanted
    throw new DmError('DM_STAGED_BASE', { dataset, version, base: way.missingBase })
  }
  const object = objectsOf(way).at(-1)
  if (way.via === 'compressed') {
    const read = (start: number): AsyncIterable<Buffer> =>
      openCompressed(way.object, bytes, start, options)
    return fill(wanted, file, options, read, object)
  }
  // What comes from this disk takes no longer than it takes to look at what is there of it.
  const fresh = { ...options, isContinued: false }
  try {
    if (way.via === 'cache')
      return await fill(wanted, file, fresh, () => readNearby(sha256, options))
    return await fill(
      wanted,
      file,
      fresh,
      () => openDeltas(wanted, way.base, way.steps, options),
      object,
    )
  } catch (error) {
    signal?.throwIfAborted()
    const base = way.via === 'cache' ? sha256 : way.steps[0].from.sha256
    // What is cut short breaks what is made of it before its end.
    const isOfBase =
      isDmError(error, 'DM_BYTES_RECEIVED_DIFFER') || isDmError(error, 'DM_FORM_BROKEN')
    if (isOfBase) await nearby.doubt(base, signal)
    throw error
  }
}

async function fill(
  { sha256, bytes: total = 0 }: Wanted,
  file: string,
  { open, mode, signal, onProgress, isContinued }: TakeOptions & { readonly isContinued?: boolean },
  read: (start: number) => AsyncIterable<Buffer>,
  object?: ObjectAt,
): Promise<number> {
  async function* counted(start: number): AsyncGenerator<Buffer, void, undefined> {
    let done = start
    for await (const chunk of read(start)) {
      yield chunk
      done += chunk.length
      onProgress?.(Math.min(done, total), total)
    }
  }
  await fillPartial(file, { sha256, total, mode, signal, isContinued }, counted, (found) => {
    const place = object ? open(object.bucket).location : 'the cache'
    const key = object?.key ?? sha256
    return new DmError('DM_BYTES_RECEIVED_DIFFER', {
      location: place,
      key,
      expected: sha256,
      found,
    })
  })
  return total
}

function nameOf(way: Way): string {
  switch (way.via) {
    case 'cache':
      return 'the cache'
    case 'delta':
      return 'the delta'
    case 'compressed':
      return 'the compressed database'
    case 'whole':
      return 'the whole database'
  }
}
