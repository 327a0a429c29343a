import { DmError } from '../errors/dm-error.ts'
import { companionKey, type Companion } from '../manifest/keys.ts'
import { eachInParallel } from '../store/each-in-parallel.ts'
import { writeAnew } from '../store/put-anew.ts'
import type { ObjectInfo, Store, WriteOptions } from '../store/store.ts'
import { mostWorthwhile } from '../transfer/zst/estimate.ts'
import type { Companions, Publication } from './publication.ts'
import type { Proved, RebuildOptions } from './rebuild.ts'
import { formOf, isOwnStamp, type StagedForm } from './staged.ts'

export interface CompanionOptions extends RebuildOptions {
  readonly staging: Store
  readonly target: Store
  readonly formerly: readonly string[]
}

/** What lies beside a database, and whether that is all that its staged form can give it. */
export interface FoundCompanions {
  readonly companions: Companions
  readonly isComplete: boolean
}

/**
 * What an earlier run has put beside the database of a publication: nothing is put there before it is
 * proved, so the stamp tells.
 *
 * @throws DM_STORE_…
 */
export async function findCompanions(
  publication: Publication,
  { target, formerly, compression, signal }: CompanionOptions,
): Promise<FoundCompanions> {
  const { key, sha256, base } = publication
  const form = formOf(publication)
  if (form === 'whole') return { companions: {}, isComplete: true }
  const find = async (companion: Companion): Promise<ObjectInfo | null> => {
    const info = await target.head(companionKey(key, companion), { signal })
    const isProved = info?.content === sha256 && isOwnStamp(info.repository ?? '', target, formerly)
    return isProved ? info : null
  }
  const [zst, delta] = await Promise.all([
    find({ kind: 'zst' }),
    base === null ? null : find({ kind: 'delta', base: base.sha256 }),
  ])
  const isComplete =
    form === 'delta' ? delta !== null && (zst !== null || compression === null) : zst !== null
  return { companions: toCompanions(zst?.bytes, delta?.bytes, base?.sha256), isComplete }
}

/**
 * Puts beside a database what belongs there: the staged form itself, copied inside the store, and the
 * `.zst` that was made of a delta on the way. What lies there instead is replaced: these bytes depend
 * on who made them.
 *
 * @throws DM_STORE_…; DM_STORE_MISMATCH where what is in staging is no longer what was proved
 */
export async function putCompanions(
  { publication, info, bytes, base }: StagedForm,
  { sha256, zst }: Proved,
  { staging, target, signal }: CompanionOptions,
): Promise<Companions> {
  const { key, sha256: content } = publication
  const put = (companion: Companion, own: string, write: Write): Promise<unknown> => {
    const to = companionKey(key, companion)
    const stamp = { sha256: own, content }
    return writeAnew(target, to, () => write(to, { stamp, signal }), { stamp, signal })
  }
  const verifySource = (source: ObjectInfo): void => verifySame(source, info, staging)
  const copy: Write = (to, how) => target.copy(staging, info.key, to, { ...how, verifySource })
  const tasks = [
    () => put(base === null ? { kind: 'zst' } : { kind: 'delta', base: base.sha256 }, sha256, copy),
  ]
  const made = zst !== null && zst.bytes <= mostWorthwhile(bytes) ? zst : null
  if (made !== null) {
    tasks.push(() => put({ kind: 'zst' }, made.sha256, (to, how) => target.put(to, made.path, how)))
  }
  await eachInParallel(tasks, tasks.length, signal, async (task) => void (await task()))
  return base === null
    ? toCompanions(info.bytes, undefined, undefined)
    : toCompanions(made?.bytes, info.bytes, base.sha256)
}

type Write = (key: string, options: WriteOptions) => Promise<{ readonly info: ObjectInfo }>

function verifySame(source: ObjectInfo, proved: ObjectInfo, { location }: Store): void {
  if (source.bytes === proved.bytes && source.sha256 === proved.sha256) return
  const problem = 'it was replaced after it had been read'
  throw new DmError('DM_STORE_MISMATCH', { location, key: proved.key, problem })
}

function toCompanions(
  compressedBytes: number | undefined,
  deltaBytes: number | undefined,
  from: string | undefined,
): Companions {
  const delta = deltaBytes && from ? { from, bytes: deltaBytes } : undefined
  return { compressedBytes, delta }
}
