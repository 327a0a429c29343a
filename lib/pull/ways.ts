import { companionKey, isVersionKey, parseStagingKey } from '../manifest/keys.ts'
import type { Named } from '../transfer/delta/format.ts'
import type { StoredVersion, Wanted } from './wanted.ts'

/** An object in a bucket. */
export interface ObjectAt {
  /** Logical name. */
  readonly bucket: string
  readonly key: string
  /** Its own size; undefined: nothing tells it. */
  readonly bytes: number | undefined
}

/** A delta, and what it makes of what. */
export interface DeltaStep {
  readonly object: ObjectAt
  /** Of the first one, which may be of an old manifest, the size may be unknown. */
  readonly from: Pick<Named, 'sha256'> & { readonly bytes: number | undefined }
  readonly to: Named
}

/** What deltas begin with: a database that is here, or where it is to be had. */
export type DeltaBase =
  | { readonly kind: 'here' }
  | { readonly kind: 'compressed' | 'whole'; readonly object: ObjectAt }

/** A way to get a version's bytes. */
export type Way = {
  /** Whether the version can be had without it: then the next way is tried where it fails. */
  readonly isOptional: boolean
} & (
  | { readonly via: 'cache' }
  | { readonly via: 'whole'; readonly object: ObjectAt }
  | { readonly via: 'compressed'; readonly object: ObjectAt }
  | {
      readonly via: 'delta'
      readonly base: DeltaBase
      /** The first one builds upon the base, each other one upon what the one before it makes. */
      readonly steps: readonly [DeltaStep, ...DeltaStep[]]
    }
  /** It waits as a delta of what is no version of the dataset. */
  | { readonly via: 'delta'; readonly missingBase: string }
)

/** Deltas are taken as long as all of them together are below that part of what they save. */
const MOST_OF_COMPRESSED = 0.5
/** Each takes a request, and work for all that is in the database; what goes in circles ends there. */
const MOST_STEPS = 32

/**
 * The ways to get a version's bytes, the one that costs least first, as far as the manifest tells: no
 * store is asked. What the manifest says may be anything.
 *
 * @param here the hashes of what is on this machine
 */
export function planWays(wanted: Wanted, here: ReadonlySet<string>): readonly Way[] {
  const { sha256, bytes, places, stored } = wanted
  const isHere = here.has(sha256) && bytes !== undefined
  const ways: Way[] = isHere ? [{ via: 'cache', isOptional: true }] : []
  for (const place of places) {
    const staged = parseStagingKey(place.key)
    if (staged?.form === 'compressed') {
      const object = { ...place, bytes: undefined }
      ways.push({ via: 'compressed', object, isOptional: false })
    } else if (staged?.form === 'delta') {
      ways.push(...stagedDelta(wanted, staged.base, { ...place, bytes: undefined }, here))
    } else {
      const own = stored.filter(({ bucket, key }) => bucket === place.bucket && key === place.key)
      if (bytes !== undefined) ways.push(...companions({ sha256, bytes }, own, stored, here))
      const object = { ...place, bytes }
      ways.push({ via: 'whole', object, isOptional: false })
    }
  }
  return ways
}

/** A published version by what lies beside it. */
function companions(
  target: Named,
  own: readonly StoredVersion[],
  stored: readonly StoredVersion[],
  here: ReadonlySet<string>,
): Way[] {
  const ways: Way[] = []
  const compressed = compressedOf(own)
  const most = MOST_OF_COMPRESSED * (compressed?.bytes ?? target.bytes)
  const steps = findChain(target, stored, here, most)
  if (steps !== null) {
    ways.push({ via: 'delta', base: { kind: 'here' }, steps, isOptional: true })
  }
  if (compressed !== null && compressed.bytes < target.bytes) {
    ways.push({ via: 'compressed', object: compressed, isOptional: true })
  }
  return ways
}

/** The `.zst` beside any of these versions, which are of one object. */
function compressedOf(versions: readonly StoredVersion[]): (ObjectAt & { bytes: number }) | null {
  for (const { bucket, key, compressedBytes: bytes } of versions) {
    if (bytes === undefined || !isVersionKey(key)) continue
    return { bucket, key: companionKey(key, { kind: 'zst' }), bytes }
  }
  return null
}

/**
 * The deltas that make a published version of a database that is here.
 *
 * @param most what they may be together, in bytes
 */
function findChain(
  target: Named,
  stored: readonly StoredVersion[],
  here: ReadonlySet<string>,
  most: number,
): [DeltaStep, ...DeltaStep[]] | null {
  const steps: DeltaStep[] = []
  let to = target
  while (steps.length < MOST_STEPS) {
    const step = deltaOf(to, stored)
    if (step === null) return null
    steps.push(step)
    if (sum(steps) >= most) return null
    const [first, ...others] = steps.toReversed()
    if (first !== undefined && here.has(first.from.sha256)) return [first, ...others]
    const { sha256, bytes } = step.from
    if (bytes === undefined) return null
    to = { sha256, bytes }
  }
  return null
}

function deltaOf(to: Named, stored: readonly StoredVersion[]): DeltaStep | null {
  for (const { sha256, bucket, key, delta } of stored) {
    if (sha256 !== to.sha256 || delta === undefined || !isVersionKey(key)) continue
    const from = findNamed(stored, delta.from)
    if (from === null) continue
    const object = { bucket, key: companionKey(key, { kind: 'delta', base: delta.from }) }
    return { object: { ...object, bytes: delta.bytes }, from, to }
  }
  return null
}

/** A delta in staging, which builds upon a version that may have to be brought as well. */
function stagedDelta(
  { sha256, bytes, stored }: Wanted,
  baseHash: string,
  object: ObjectAt,
  here: ReadonlySet<string>,
): Way[] {
  const versions = stored.filter((version) => version.sha256 === baseHash)
  const from = findNamed(stored, baseHash)
  const [first] = versions
  if (from === null || first === undefined || bytes === undefined) {
    return [{ via: 'delta', missingBase: baseHash, isOptional: false }]
  }
  const last: DeltaStep = { object, from, to: { sha256, bytes } }
  const ways: Way[] = []
  const add = (base: DeltaBase, before: readonly DeltaStep[], isOptional: boolean): void => {
    const [one, ...others] = [...before, last] as const
    ways.push({ via: 'delta', base, steps: [one ?? last, ...others], isOptional })
  }
  const compressed = compressedOf(versions)
  if (here.has(baseHash)) {
    add({ kind: 'here' }, [], true)
  } else if (from.bytes !== undefined) {
    const most = MOST_OF_COMPRESSED * (compressed?.bytes ?? from.bytes)
    const steps = findChain({ ...from, bytes: from.bytes }, stored, here, most)
    if (steps !== null) add({ kind: 'here' }, steps, true)
  }
  if (compressed !== null && compressed.bytes < (from.bytes ?? 0)) {
    add({ kind: 'compressed', object: compressed }, [], true)
  }
  const whole = { bucket: first.bucket, key: first.key, bytes: from.bytes }
  add({ kind: 'whole', object: whole }, [], false)
  return ways
}

/** What a way brings over the network. */
export function objectsOf(way: Way): readonly ObjectAt[] {
  if ('object' in way) return [way.object]
  if (!('steps' in way)) return []
  const { base, steps } = way
  return [...(base.kind === 'here' ? [] : [base.object]), ...steps.map(({ object }) => object)]
}

/** A published version by its hash; its size, where any entry tells it. */
function findNamed(stored: readonly StoredVersion[], sha256: string): DeltaStep['from'] | null {
  const found = stored.filter((version) => version.sha256 === sha256)
  if (found.length === 0) return null
  return { sha256, bytes: found.find(({ bytes }) => bytes !== undefined)?.bytes }
}

function sum(steps: readonly DeltaStep[]): number {
  return steps.reduce((total, { object }) => total + (object.bytes ?? 0), 0)
}
