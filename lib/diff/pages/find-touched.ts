/**
 * Where the rows of two database files can differ, found without decoding a row.
 *
 * Why what is returned suffices. The rows of a table are what SQLite reads from the leaves of its
 * b-tree and from the overflow pages that their cells lead to: they depend on nothing else. Call a leaf
 * of the file before *paired* if the same table of the file after has a leaf with the same bytes, at the
 * same number or elsewhere, whose overflow pages are the same too. No leaf is in two pairs, so the paired
 * leaves of both files hold exactly the same rows. Hence a row that only one file has, or has with another
 * content, is on an unpaired leaf of that file. The ranges cover every rowid on every unpaired leaf of
 * *both* files: of one alone they would lack what only the other has, such as rows that moved to another
 * leaf when theirs was split, or new rows behind the last. This holds for rows in any order, on any leaf.
 *
 * That a query for a range also finds what is in it needs order: the leaves of the file after have to be
 * in the order of their rowids, and where the separators of the interior pages lead. Unpaired leaves are
 * read, and checked. Paired ones come in the order of the file before, between the same separators, or are
 * checked, too. The order of the file before itself is for SQLite's own check to prove.
 *
 * - A page counts as the same only as a leaf of the same table: two tables of the same shape can have
 *   swapped names, and then all their pages are equal.
 * - A leaf at another number is paired only if it has no overflow pages and begins with the same rowid.
 * - If an overflow page of a leaf differs, the leaf does, too: its bytes may be equal, since overflow pages
 *   are edited in place. Following the chain in one file is enough: as long as its pages are the same, so
 *   is where it goes on.
 * - That every page of a file is accounted for proves nothing more about rows: it proves that this code
 *   and SQLite mean the same by the file.
 * - Records are compared, not values. What a record means, such as the value of a column that it is too
 *   short for, is said by the schema: the caller looks at that.
 */
import { Doubt } from './doubt.ts'
import { compareLeaves } from './compare-leaves.ts'
import { comparePages, type ComparedPages, type OnRead } from './compare-pages.ts'
import { PageFile } from './page-file.ts'
import type { RowidRange } from './rowid-ranges.ts'
import { walkFile } from './walk-file.ts'

/** Of one table. */
export type Touched =
  | {
      readonly kind: 'ranges'
      /** In order. A row that differs in any way has its rowid in one of them; none: nothing differs. */
      readonly ranges: readonly RowidRange[]
    }
  | Whole

interface Whole {
  readonly kind: 'whole'
  /** Why pages do not tell; for people. */
  readonly reason: string
}

/** The root pages of one table in the two files. */
export interface TableRoots {
  readonly before: number
  readonly after: number
}

export interface TouchedOptions {
  readonly report?: OnRead | undefined
  readonly pages?: ComparedPages | undefined
}

/** Above that, what is kept of each page takes too much memory: 64 GiB in pages of 4 KiB. */
const MOST_PAGES = 2 ** 24

/**
 * Compares two database files that nobody changes meanwhile, page by page, and says for each table with
 * rowids where its rows may differ. Takes as long as reading both files, and three bytes of memory a
 * page. Never trusts the files: what is damaged or unknown makes the tables `whole`.
 *
 * @param options `report`: told how much of both has been read; `pages`: from `comparePages`, where that was
 *   done already, of the same files as they are now
 * @throws DM_FILE_MISSING, DM_FILE_UNREADABLE, DM_FILE_CHANGED, DM_DATABASE_EMPTY,
 *   DM_DATABASE_NOT_SQLITE, DM_DATABASE_HEADER, DM_DATABASE_TRUNCATED, DM_DATABASE_TRAILING
 */
export function findTouched(
  before: string,
  after: string,
  tables: readonly TableRoots[],
  { report, pages }: TouchedOptions = {},
): Touched[] {
  const old = new PageFile(before, 'before')
  try {
    const now = new PageFile(after, 'after')
    try {
      const reason = findDifference(old, now)
      if (reason !== null) return tables.map(() => whole(reason))
      return compareTables(old, now, tables, pages ?? comparePages(old, now, { onRead: report }))
    } finally {
      now.close()
    }
  } finally {
    old.close()
  }
}

/** What makes comparing pages pointless. */
function findDifference({ header: old }: PageFile, { header: now }: PageFile): string | null {
  if (old.pageSize !== now.pageSize) return 'the page sizes differ'
  if (old.reservedBytes !== now.reservedBytes) return 'the reserved bytes of pages differ'
  if (old.encoding !== now.encoding) return 'the text encodings differ'
  if (Math.max(old.pageCount, now.pageCount) > MOST_PAGES) return 'there are too many pages'
  return null
}

function compareTables(
  old: PageFile,
  now: PageFile,
  tables: readonly TableRoots[],
  pages: ComparedPages,
): Touched[] {
  const before = orWhole(() => walkFile(old, pages.before))
  const after = orWhole(() => walkFile(now, pages.after))
  const marks = new Uint8Array(Math.max(pages.before.length, pages.after.length))
  return tables.map((roots) => {
    if ('kind' in before) return before
    if ('kind' in after) return after
    if (!before.has(roots.before) || !after.has(roots.after)) {
      return whole('its rows are not stored by rowid')
    }
    return orWhole(() => {
      const ranges = compareLeaves(
        { file: old, flags: pages.before, root: roots.before },
        { file: now, flags: pages.after, root: roots.after },
        marks,
      )
      return ranges === null ? whole('too much of it differs') : { kind: 'ranges', ranges }
    })
  })
}

function orWhole<Result>(work: () => Result): Result | Whole {
  try {
    return work()
  } catch (error) {
    if (error instanceof Doubt) return whole(error.message)
    throw error
  }
}

function whole(reason: string): Whole {
  return { kind: 'whole', reason }
}
