import type { ScannedEntry } from './scan-manifest.ts'

/** What is proposed of a dataset, or of one of its versions. */
export interface ProposedChange {
  readonly kind: 'upload' | 'rollback' | 'deletion' | 'withdrawal'
  /** Its version; of a dataset as a whole (`isWhole`), one of its entries. */
  readonly entry: ScannedEntry
  readonly isWhole: boolean
}

/**
 * What a branch asks for: what it changes of the place where it left the base, as far as the base does
 * not have it yet. What it changes besides, a publication would not follow.
 *
 * @param before the entries where it left the base, by `indexEntries`
 * @param after its own
 * @param now those of the base, by `indexEntries`
 */
export function findProposedChanges(
  before: ReadonlyMap<string, ScannedEntry>,
  after: readonly ScannedEntry[],
  now: ReadonlyMap<string, ScannedEntry>,
): ProposedChange[] {
  const own = indexEntries(after)
  const changes: ProposedChange[] = []
  const whole = new Set<string>()
  const add = (kind: ProposedChange['kind'], entry: ScannedEntry, isWhole: boolean): void => {
    const id = `${kind}\0${entry.dataset}`
    if (isWhole && whole.has(id)) return
    if (isWhole) whole.add(id)
    changes.push({ kind, entry, isWhole })
  }
  for (const [id, entry] of own) {
    const there = now.get(id)
    const was = before.get(id)
    if (entry.pending && there === undefined && was === undefined) {
      add(entry.stagingKey === null ? 'rollback' : 'upload', entry, false)
    }
    if (there === undefined || was === undefined) continue
    // A mark on what is not there any more was carried out long ago.
    if (entry.gone && !was.gone && !there.gone) add('deletion', entry, true)
    else if (entry.marked && !was.marked && !there.marked) add('deletion', entry, false)
    if (!entry.gone && was.gone && there.gone) add('withdrawal', entry, true)
    else if (!entry.marked && was.marked && there.marked) add('withdrawal', entry, false)
  }
  for (const [id, entry] of before) {
    const isGone = entry.pending && !own.has(id) && now.get(id)?.pending === true
    const isReplaced = changes.some(
      (other) => other.entry.dataset === entry.dataset && other.entry.number === entry.number,
    )
    if (isGone && !isReplaced) add('withdrawal', entry, false)
  }
  return changes
}

/** Entries by what makes two of them the same: dataset, number and content. */
export function indexEntries(entries: readonly ScannedEntry[]): Map<string, ScannedEntry> {
  return new Map(
    entries.map((entry) => [`${entry.dataset}\0${entry.number}\0${entry.sha256}`, entry]),
  )
}
