import type { Proposed, Reference } from '../base/references.ts'
import type { ResolvedConfig } from '../config/types.ts'
import { findDeltaBase } from '../manifest/delta-base.ts'
import { companionOf, parseStagingKey, stagedKeys } from '../manifest/keys.ts'
import { bucketOf } from '../manifest/lookup.ts'
import { objectId, type RetiredList } from '../manifest/retired.ts'
import type { Manifest } from '../manifest/types.ts'
import type { ListedObject, Store } from '../store/store.ts'
import { type Candidate, day, type StoredObject } from './sweep-candidates.ts'

/** How long what only a stranger's pull request refers to is kept in staging, in milliseconds. */
const outsideMs = 90 * day

/** An object that is kept, and why. */
export interface Kept extends StoredObject {
  readonly reason: string
  /** When it may go, ISO 8601; null: as long as the reason lasts. */
  readonly until: string | null
}

export function waitingReason({ kind }: Candidate): string {
  return `it was ${{ retired: 'given up', staged: 'staged', orphan: 'written' }[kind]} a short time ago`
}

export function keep({ bucket, key }: StoredObject, reason: string, until: Date | null): Kept {
  return { bucket, key, reason, until: until?.toISOString() ?? null }
}

/** What tells whether something refers to an object. */
export interface Judging {
  readonly config: ResolvedConfig
  readonly open: (bucket: string) => Store
  readonly signal: AbortSignal
  /** The objects that came on the list by no publication. */
  readonly forged: ReadonlySet<string>
  /** The objects that the base names. */
  readonly named: ReadonlySet<string>
  /** The objects that pending deltas on the base build upon. */
  readonly needed: ReadonlySet<string>
  readonly proposed: Proposed
  readonly now: Date
}

/** Null: it can go. `gone`: it is not there any more. */
export async function reasonToKeep(
  one: Candidate,
  judging: Judging,
): Promise<Kept | 'gone' | null> {
  if (judging.named.has(objectId(one))) return keep(one, 'the base names it', null)
  if (judging.needed.has(objectId(one))) {
    return keep(one, 'a version that waits for its publication builds upon it', null)
  }
  if (judging.forged.has(objectId(one))) return keep(one, 'no publication gave it up', null)
  // What lies beside one may be younger; what was given up takes it along all the same.
  if (one.kind === 'orphan' && one.due > judging.now) return keep(one, waitingReason(one), one.due)
  // Of what lies beside a database, proposals name the database.
  const key = companionOf(one.key)?.key ?? one.key
  const references = judging.proposed.find({ bucket: one.bucket, key })
  const [first] = references
  // It was listed a moment ago, and whose it is does not matter: no need to look at each of many.
  if (one.kind === 'staged' && first?.isOutside === false) {
    return keep(one, `${first.by} may need it`, null)
  }
  const store = judging.open(one.bucket)
  const info = await store.head(one.key, { signal: judging.signal })
  if (info === null) return 'gone'
  for (const reference of references) {
    const until = protection(one, info, reference)
    if (until !== null && until <= judging.now) continue
    return keep(one, `${reference.by} may need it`, until)
  }
  // What is on the list, and what lies beside it, is ours.
  if (info.repository === null && one.kind !== 'retired') {
    return keep(one, 'it carries no stamp, so it may be anybody’s', null)
  }
  const stamps = [store.repository, ...judging.config.formerly]
  if (info.repository !== null && !stamps.includes(info.repository)) {
    return keep(one, `it belongs to ${info.repository}`, null)
  }
  // Somebody may have staged it again in the meantime.
  const isFresh = one.kind !== 'retired' && info.modified > one.since
  return isFresh ? keep(one, waitingReason(one), null) : null
}

/** Until when a reference keeps an object; null: as long as it is there. */
export function protection(
  { kind }: Pick<Candidate, 'kind'>,
  { modified }: Pick<ListedObject, 'modified'>,
  { isOutside }: Reference,
): Date | null {
  if (!isOutside) return null
  return kind !== 'staged' ? new Date(0) : new Date(modified.getTime() + outsideMs)
}

/** What a deletion has given up, but a version still waits to be rebuilt from. */
export function basesOfDeltas({ datasets }: Manifest, list: RetiredList | null): Set<string> {
  return new Set(
    datasets.flatMap((dataset) =>
      dataset.history.flatMap(({ r2_object_key: key, staging_key: staged }) => {
        const { base } = parseStagingKey(staged ?? '') ?? {}
        const found = base === undefined ? undefined : findDeltaBase(dataset, { key, base }, list)
        return found === undefined ? [] : [objectId({ bucket: bucketOf(dataset), key: found })]
      }),
    ),
  )
}

/** What the manifest names, published or pending, and what its pending entries wait for. */
export function namedBy({ datasets }: Manifest, staging: string): Set<string> {
  return new Set(
    datasets.flatMap((dataset) =>
      dataset.history.flatMap(({ r2_object_key: key, staging_key: staged }) => [
        objectId({ bucket: bucketOf(dataset), key }),
        ...(staged === undefined ? [] : stagedKeys(staged)).map((waiting) =>
          objectId({ bucket: staging, key: waiting }),
        ),
      ]),
    ),
  )
}
