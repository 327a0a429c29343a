import type { View } from '../../lib/graph/operation.ts'
import { companionOf, STAGING_FOLDER } from '../../lib/manifest/keys.ts'
import { objectId } from '../../lib/manifest/retired.ts'
import type { Aborted } from '../../lib/publication/abort-uploads.ts'
import type { Kept } from '../../lib/publication/reason-to-keep.ts'
import type { StoredObject } from '../../lib/publication/sweep-candidates.ts'

/** What was removed and kept, a line each; `all`: also what was staged of late and goes by its age. */
export function describeRemovals(
  about: {
    readonly removed: readonly StoredObject[]
    readonly kept: readonly Kept[]
    readonly aborted?: readonly Aborted[]
    readonly all?: boolean
  },
  { dryRun, width }: Pick<View, 'dryRun' | 'width'>,
): string[] {
  const { removed, kept, aborted = [], all = false } = about
  const verb = dryRun ? 'Would be removed:' : 'Removed'
  const gaveUp = dryRun ? 'Would be given up:' : 'Gave up'
  // Nobody reads a whole hash; who follows an object from a log does.
  const nameOf = (key: string): string =>
    width === Infinity ? key : key.replaceAll(/[\da-f]{64}/g, (hash) => `${hash.slice(0, 12)}…`)
  const said = kept.filter((one) => all || isWorthSaying(one))
  const reasons = Map.groupBy(said.slice(0, longest), ({ bucket, reason, until }) => {
    const time = until === null ? '' : ` until ${minuteOf(until)}`
    return `Note: kept in '${bucket}'${time}: ${reason}.`
  })
  return [
    ...listed(withBeside(removed), ({ one: { bucket, key }, beside }) => {
      const more =
        beside === 0 ? '' : `, and ${beside} that ${beside === 1 ? 'lies' : 'lie'} beside it`
      return `${verb} ${nameOf(key)} from '${bucket}'${more}.`
    }),
    ...listed(aborted, ({ bucket, key, begun }) => {
      return `${gaveUp} an unfinished upload of ${nameOf(key)} in '${bucket}', begun ${minuteOf(begun)}.`
    }),
    ...[...reasons].flatMap(([reason, objects]) =>
      [reason].concat(objects.map(({ key }) => `  ${nameOf(key)}`)),
    ),
    ...furtherOnes(said.length),
  ]
}

/** What goes with a database is counted, not listed. */
function withBeside(
  removed: readonly StoredObject[],
): readonly { readonly one: StoredObject; readonly beside: number }[] {
  const all = new Set(removed.map(objectId))
  const databaseOf = ({ bucket, key }: StoredObject): string =>
    objectId({ bucket, key: companionOf(key)?.key ?? key })
  const goesAlong = (one: StoredObject): boolean => {
    const database = databaseOf(one)
    return database !== objectId(one) && all.has(database)
  }
  const beside = Map.groupBy(removed.filter(goesAlong), databaseOf)
  return removed
    .filter((one) => !goesAlong(one))
    .map((one) => ({ one, beside: beside.get(objectId(one))?.length ?? 0 }))
}

function minuteOf(time: string): string {
  return `${time.slice(0, 16).replace('T', ' ')} UTC`
}

/** What was staged of late goes by its age, without a word; `--json` has it. */
function isWorthSaying({ key, until }: Kept): boolean {
  return until === null || !key.startsWith(STAGING_FOLDER)
}

/** More than this many of a kind are counted, not listed. */
const longest = 20

/** A line for each, as far as somebody reads on. */
export function listed<Item>(items: readonly Item[], toLine: (item: Item) => string): string[] {
  return [...items.slice(0, longest).map(toLine), ...furtherOnes(items.length)]
}

function furtherOnes(count: number): string[] {
  return count > longest ? [`… and ${count - longest} more (--json shows them all).`] : []
}
