import { STAGING_FOLDER } from '../../lib/manifest/keys.ts'
import type { Aborted } from '../../lib/publication/abort-uploads.ts'
import type { Kept } from '../../lib/publication/sweep.ts'
import type { StoredObject } from '../../lib/publication/sweep-candidates.ts'

/** What was removed and kept, a line each; `all`: also what was staged of late and goes by its age. */
export function describeRemovals(
  about: {
    readonly removed: readonly StoredObject[]
    readonly kept: readonly Kept[]
    readonly aborted?: readonly Aborted[]
    readonly all?: boolean
  },
  dryRun: boolean,
): string[] {
  const { removed, kept, aborted = [], all = false } = about
  const verb = dryRun ? 'Would be removed:' : 'Removed'
  const gaveUp = dryRun ? 'Would be given up:' : 'Gave up'
  return [
    ...listed(removed, ({ bucket, key }) => `${verb} ${key} from '${bucket}'.`),
    ...listed(aborted, ({ bucket, key, begun }) => {
      return `${gaveUp} an unfinished upload of ${key} in '${bucket}', begun ${minuteOf(begun)}.`
    }),
    ...listed(
      kept.filter((one) => all || isWorthSaying(one)),
      ({ bucket, key, reason, until }) => {
        const time = until === null ? '' : ` until ${minuteOf(until)}`
        return `Note: ${key} stays in '${bucket}'${time}: ${reason}.`
      },
    ),
  ]
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
  const lines = items.slice(0, longest).map(toLine)
  const more = items.length - lines.length
  return more > 0 ? [...lines, `… and ${more} more (--json shows them all).`] : lines
}
