import type { Base } from '../base/base.ts'
import type { Origin } from '../base/find-origins.ts'
import type { Retired } from '../base/read-retired.ts'
import type { Proposed, Reference } from '../base/references.ts'
import { datasetBuckets, publicBuckets } from '../config/buckets.ts'
import type { ResolvedConfig } from '../config/types.ts'
import { type DmError, isDmError, type Problem, toProblem } from '../errors/dm-error.ts'
import { isStagingKeyOf } from '../manifest/keys.ts'
import { bucketOf, namesHashElsewhere } from '../manifest/lookup.ts'
import type { DatasetEntry } from '../manifest/types.ts'
import { planPublication } from '../publication/plan.ts'
import { verifySource } from '../publication/staged.ts'
import type { PublicationPlan } from '../publication/publication.ts'
import { protection } from '../publication/reason-to-keep.ts'
import { dueDate } from '../publication/sweep-candidates.ts'
import type { Stores } from '../store/open-stores.ts'
import type { ObjectInfo } from '../store/store.ts'
import { createLooker, type Looker } from './looker.ts'
import type { PendingRow } from './pending-rows.ts'

/** Something that waits, and its bytes. */
export interface StatusRow extends Omit<PendingRow, 'object'> {
  /** Whether the bytes of an upload are in staging; null: nothing is staged, or the store does not tell. */
  readonly staged: boolean | null
  /** From when on cleanup takes them by their age, ISO 8601, where nothing keeps them; null: not staged. */
  readonly due: string | null
  /** What keeps them all the same: `the base`, `the branch 'data/x-v2'`; null: nothing. */
  readonly keptBy: string | null
  /** Until when that does, ISO 8601; null: as long as it is there. */
  readonly keptUntil: string | null
}

export interface Status {
  readonly rows: readonly StatusRow[]
  /** What `publish` would not publish, and why, as far as can be told without listing the buckets. */
  readonly refused: readonly Problem[]
  /** Why a bucket did not tell. */
  readonly failures: readonly DmError[]
}

export interface StatusRequest {
  readonly config: ResolvedConfig
  readonly stores: Stores
  readonly base: Base
  readonly retired: Retired
  /** What a publication looks at, and where it came from. */
  readonly pending: readonly DatasetEntry[]
  readonly origins: ReadonlyMap<DatasetEntry, Origin>
  readonly proposed: Proposed
  /** Of the base, then of what is proposed. */
  readonly rows: readonly PendingRow[]
  readonly signal: AbortSignal
  /** Called with what the user should know. */
  readonly notice: (notice: DmError) => void
}

/**
 * Looks at the bytes of all that waits: one request for each, and one more where the first does not
 * explain it. A store that does not answer, or has no keys here, leaves open what only it can tell.
 */
export async function readStatus(request: StatusRequest): Promise<Status> {
  const { config, stores, signal } = request
  const looker = createLooker(stores.open, signal)
  const rows = await Promise.all(request.rows.map((row) => lookAt(row, request, looker)))
  const refused = await findRefused(request, looker)
  return { rows, refused, failures: [...looker.failures.values()] }

  async function lookAt(
    { object, ...row }: PendingRow,
    { proposed }: StatusRequest,
    { look }: Looker,
  ): Promise<StatusRow> {
    const none = { staged: null, due: null, keptBy: null, keptUntil: null }
    if (object === null) return { ...row, ...none }
    // On a branch anybody may have written anything: nobody is sent to look for that.
    const isUsual =
      row.kind === 'rollback' ? row.branch === null : isStagingKeyOf(object.key, row.sha256 ?? '')
    const info = isUsual ? await look(object) : undefined
    if (row.kind === 'rollback') return { ...row, ...none }
    if (info === undefined || info === null)
      return { ...row, ...none, staged: info === null ? false : null }
    const isOnBase = row.branch === null && row.pullRequest === null
    const kept = isOnBase
      ? { keptBy: 'the base', keptUntil: null }
      : keeping(proposed.find(object), info)
    const due = dueDate('staged', info.modified, config).toISOString()
    return { ...row, staged: true, due, ...kept }
  }
}

/** What keeps staged bytes; the repository's own branches come first. */
function keeping(
  [first]: readonly Reference[],
  info: ObjectInfo,
): Pick<StatusRow, 'keptBy' | 'keptUntil'> {
  if (first === undefined) return { keptBy: null, keptUntil: null }
  const until = protection({ kind: 'staged' }, info, first)
  return { keptBy: first.by, keptUntil: until?.toISOString() ?? null }
}

/** What a publication of now would refuse. */
async function findRefused(request: StatusRequest, looker: Looker): Promise<Problem[]> {
  const { pending, config, notice } = request
  const buckets = datasetBuckets(config)
  let judged = await judge(request, looker)
  // Bytes that are in their bucket already explain a number, and that nothing is staged.
  const doubtful = pending.filter(
    ({ dataset, entry }) =>
      entry.staging_key !== undefined &&
      buckets.includes(bucketOf(dataset)) &&
      judged.problems.some(
        (one) => one.dataset === dataset.fileName && one.version === entry.version,
      ),
  )
  if (doubtful.length > 0) {
    await Promise.all(
      doubtful.map(({ dataset, entry }) =>
        looker.look({ bucket: bucketOf(dataset), key: entry.r2_object_key }),
      ),
    )
    judged = await judge(request, looker)
  }
  judged.notices.forEach(notice)
  return judged.problems
}

async function judge(
  request: StatusRequest,
  looker: Looker,
): Promise<{ problems: Problem[]; notices: DmError[] }> {
  const notices: DmError[] = []
  const plan = await makePlan(request, looker)
  const told = { ...request, notice: (one: DmError) => void notices.push(one) }
  return { problems: [...plan.refused, ...promotionProblems(plan, told, looker)], notices }
}

function makePlan(
  { base, retired, pending, origins, config }: StatusRequest,
  { seen }: Looker,
): Promise<PublicationPlan> {
  return planPublication({
    base,
    retired,
    pending,
    origins,
    inventory: {
      sizeOf: (bucket, key) => {
        const info = seen({ bucket, key })
        return info === null ? null : info?.bytes
      },
      // What lies under the same number is not looked for: that takes a listing.
      modifiedOf: () => null,
      keys: () => [],
      buckets: [],
      partial: [],
    },
    // Nor whether what is published is still there.
    blocked: new Set(),
    buckets: datasetBuckets(config),
    isPublic: publicBuckets(config),
    // What a publication would give up is not told here.
    isOwn: () => Promise.resolve(false),
    scan: () => Promise.reject(new TypeError('no key was seen that could have been given')),
  })
}

/** Of what the plan would publish, that whose bytes are not as they must be. */
function promotionProblems(
  { publications }: PublicationPlan,
  { base, config, stores, notice }: StatusRequest,
  { seen }: Looker,
): Problem[] {
  return publications.flatMap((publication) => {
    const { bucket, key, stagingKey } = publication
    const object =
      stagingKey === null ? { bucket, key } : { bucket: config.staging, key: stagingKey }
    const source = seen(object)
    if (source === undefined) return []
    try {
      verifySource(publication, source, {
        staging: stores.staging,
        target: stores.open(bucket),
        formerly: config.formerly,
        isElsewhere: (sha256, other) => namesHashElsewhere(base.manifest, sha256, other),
        notice,
      })
      return []
    } catch (error) {
      if (!isDmError(error)) throw error
      return [toProblem(error, publication)]
    }
  })
}
