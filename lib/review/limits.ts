import type { ResolvedConfig, ReviewLimits } from '../config/types.ts'
import type { DatabaseDiff } from '../diff/types.ts'
import { DmError, type Problem, toProblem } from '../errors/dm-error.ts'
import type { ProposedItem } from '../manifest/proposed-items.ts'
import { isContent } from '../manifest/status.ts'
import type { VersionName } from '../manifest/types.ts'

/** What is different in the data of a version, in numbers. */
export interface DataChange {
  readonly changedRows: number
  readonly vanishedKeys: number
  readonly schemaChanges: number
  /** Whether all of it was compared. */
  readonly isWhole: boolean
}

/** The numbers of a diff that a limit can be about. */
export function summarize({ schema, tables, uncompared }: DatabaseDiff): DataChange {
  let changedRows = 0
  let vanishedKeys = 0
  for (const table of tables) {
    const inserted = table.state === 'added' ? table.rowsAfter : table.inserted
    const deleted = table.state === 'removed' ? table.rowsBefore : table.deleted
    changedRows += inserted + table.updated + deleted
    vanishedKeys += deleted
  }
  const schemaChanges = schema.filter(({ object }) => object !== 'pragma').length
  return { changedRows, vanishedKeys, schemaChanges, isWhole: uncompared.length === 0 }
}

export interface LimitsRequest {
  readonly items: readonly ProposedItem[]
  readonly review: ResolvedConfig['review']
  /** What is known of a version's data, computed from the bytes; undefined: nothing. */
  readonly findChange: (dataset: string, version: string) => DataChange | undefined
  /** Whether of a version more may be told than its name. */
  readonly isTold: (dataset: string, version: VersionName) => boolean
  /** Why somebody's acceptance does not count; null: nobody has accepted anything. */
  readonly refused: string | null
}

/** The versions that change more than the config allows, or of which nobody knows what they change. */
export function findExceeding({
  items,
  review,
  findChange,
  isTold,
  refused,
}: LimitsRequest): Problem[] {
  return items.flatMap(({ kind, dataset, entry }) => {
    const limits = limitsOf(review, dataset.fileName)
    if (entry === null || !isContent(kind) || !isLimited(limits)) return []
    // The first version changes nothing.
    if (dataset.history.length === 1) return []
    const name = { dataset: dataset.fileName, version: entry.version }
    const change = findChange(name.dataset, name.version)
    const found = change === undefined ? [] : exceeded(limits, change)
    const what = isTold(name.dataset, name.version)
      ? found.join(', and ')
      : 'changes more than the config allows'
    if (found.length > 0) {
      return [toProblem(new DmError('DM_REVIEW_LIMIT', { ...name, what, refused }), name)]
    }
    if (change?.isWhole === true) return []
    return [toProblem(new DmError('DM_REVIEW_UNKNOWN', { ...name, refused }), name)]
  })
}

function limitsOf({ all, datasets }: ResolvedConfig['review'], dataset: string): ReviewLimits {
  return { ...all, ...(Object.hasOwn(datasets, dataset) ? datasets[dataset] : {}) }
}

function isLimited({ maxChangedRows, maxVanishedKeys, schemaChanges }: ReviewLimits): boolean {
  return maxChangedRows !== undefined || maxVanishedKeys !== undefined || schemaChanges === false
}

function exceeded(limits: ReviewLimits, change: DataChange): string[] {
  const { maxChangedRows = Infinity, maxVanishedKeys = Infinity, schemaChanges = true } = limits
  return [
    ...(change.changedRows > maxChangedRows
      ? [`changes ${change.changedRows} rows, where ${maxChangedRows} are allowed`]
      : []),
    ...(change.vanishedKeys > maxVanishedKeys
      ? [`takes ${change.vanishedKeys} keys away, where ${maxVanishedKeys} are allowed`]
      : []),
    ...(change.schemaChanges > 0 && !schemaChanges
      ? [`changes the schema in ${change.schemaChanges} places, where none is allowed`]
      : []),
  ]
}
