import type { ResolvedConfig } from '../config/types.ts'
import { DmError } from '../errors/dm-error.ts'
import { STAGING_FOLDER, stagingScope } from '../manifest/keys.ts'
import type { RetiredList } from '../manifest/retired.ts'
import type { Store } from '../store/store.ts'

/** In milliseconds. */
export const day = 24 * 60 * 60 * 1000

/** An object, named by the logical name of its bucket and its key. */
export interface StoredObject {
  readonly bucket: string
  readonly key: string
}

/** What a sweep looks at. */
export interface Candidate extends StoredObject {
  /** `orphan`: nothing names it, and it looks like a version. */
  readonly kind: 'retired' | 'staged' | 'orphan'
  /** When it was given up, staged or written, as it was listed. */
  readonly since: Date
  /** From when on it may be removed. */
  readonly due: Date
}

/**
 * What may be removed now, or later: what publications gave up and the base lists, and this data
 * repository's own staged objects by their age; and the staged objects of others.
 */
export async function findCandidates(
  retired: RetiredList | null,
  { config, staging, signal }: { config: ResolvedConfig; staging: Store; signal: AbortSignal },
): Promise<{ own: Candidate[]; others: Candidate[] }> {
  const candidate = (kind: Candidate['kind'], object: StoredObject, since: Date): Candidate => {
    return { kind, ...object, since, due: dueDate(kind, since, config) }
  }
  const given = (retired?.objects ?? []).map(({ since, ...object }) =>
    candidate('retired', object, new Date(since)),
  )
  const staged: Candidate[] = []
  const others: Candidate[] = []
  const isOwn = ownScope(config, staging)
  for await (const { key, modified } of staging.list(STAGING_FOLDER, { signal })) {
    const one = candidate('staged', { bucket: config.staging, key }, modified)
    if (isOwn(key) === false) others.push(one)
    // Of one in no folder, its stamp says whose it is.
    else staged.push(one)
  }
  return { own: [...given, ...staged], others }
}

/** From when on an object may be removed, where nothing refers to it. */
export function dueDate(
  kind: Candidate['kind'],
  since: Date,
  { retentionMs }: Pick<ResolvedConfig, 'retentionMs'>,
): Date {
  return new Date(since.getTime() + (kind === 'retired' ? retentionMs : Math.max(retentionMs, day)))
}

/** How many staged objects of others are looked at. */
const lookedAt = 10

/** Tells of old staged bytes that were staged from what may be this repository by another name. */
export async function tellOthers(
  due: readonly Candidate[],
  {
    staging,
    signal,
    notice,
  }: { staging: Store; signal: AbortSignal; notice: (notice: DmError) => void },
): Promise<void> {
  const { repository } = staging
  const counts = new Map<string, number>()
  for (const { key } of due.slice(0, lookedAt)) {
    const owner = (await staging.head(key, { signal }))?.repository ?? null
    if (owner !== null && nameOf(owner) === nameOf(repository)) {
      counts.set(owner, (counts.get(owner) ?? 0) + 1)
    }
  }
  for (const [owner, count] of counts) {
    notice(new DmError('DM_STAGING_FOREIGN', { count, owner, repository }))
  }
}

/** Two addresses of one repository end in the same name. */
function nameOf(stamp: string): string {
  return stamp.slice(stamp.lastIndexOf('/') + 1)
}

/**
 * Tells the keys in staging that are in a folder of this data repository, under today's name or a
 * former one; null: in none, as the predecessor of this program left them.
 */
export function ownScope(
  { buckets, formerly }: ResolvedConfig,
  { repository }: Store,
): (key: string) => boolean | null {
  const stamps = [repository, ...formerly]
  const scopes = new Set(
    stamps.flatMap((stamp) => Object.keys(buckets).map((bucket) => stagingScope(stamp, bucket))),
  )
  return (key) => {
    const scope = /^staging-uploads\/([^/]+)\//.exec(key)?.[1]
    return scope === undefined ? null : scopes.has(scope)
  }
}
