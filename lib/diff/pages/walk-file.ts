import { DatabaseSync } from 'node:sqlite'
import { pathToFileURL } from 'node:url'
import { Doubt } from './doubt.ts'
import { USED } from './inspect-page.ts'
import type { PageFile } from './page-file.ts'
import { PointerMap } from './pointer-map.ts'
import { claimTree } from './walk-tree.ts'

/** Marks that something uses a page; what is used twice, or is not there, is damage. */
export type Claim = (page: number) => void

/**
 * Walks all that a file is made of: b-trees, with their overflow pages, of the schema and of every
 * table and index in it; freelist; pointer map; and the page that SQLite leaves alone. Every page has
 * to belong to exactly one of them: what this code does not understand of a file would show here.
 *
 * @param flags of each page, from `compare-pages.ts`; marked with what is found out on the way
 * @returns the roots of the tables with rowids
 * @throws Doubt
 */
export function walkFile(file: PageFile, flags: Uint8Array): Set<number> {
  const { pageCount } = file.header
  let used = 0
  const claim: Claim = (page) => {
    if (page < 1 || page > pageCount) throw new Doubt(file, `page ${page} is not there, but used`)
    const flagged = flags[page] ?? 0
    if ((flagged & USED) !== 0) throw new Doubt(file, `page ${page} is used twice`)
    flags[page] = flagged | USED
    used += 1
  }
  const tables = new Set<number>()
  const map = new PointerMap(file)
  for (const root of readRoots(file)) {
    if (claimTree({ file, flags, map, claim }, root)) tables.add(root)
  }
  claimFreePages(file, claim)
  for (const page of map.pages()) claim(page)
  if (file.lockPage <= pageCount) claim(file.lockPage)
  if (used !== pageCount) throw new Doubt(file, `${pageCount - used} pages belong to nothing`)
  return tables
}

/** The root pages of the schema and of all tables and indexes in it, as SQLite reads them. */
function* readRoots(file: PageFile): Generator<number, void, undefined> {
  yield 1
  // Neither a log beside the file nor a lock on it is looked at.
  const url = pathToFileURL(file.path)
  url.searchParams.set('immutable', '1')
  let database: DatabaseSync | undefined
  try {
    database = new DatabaseSync(url, { readOnly: true })
    const roots = database.prepare('SELECT rootpage FROM sqlite_schema WHERE rootpage <> 0')
    for (const { rootpage } of roots.iterate()) yield Number(rootpage)
  } catch {
    // What SQLite says may have names in it, which are the file's own words.
    throw new Doubt(file, 'SQLite cannot read the schema')
  } finally {
    database?.close()
  }
}

function claimFreePages(file: PageFile, claim: Claim): void {
  let free = 0
  for (let trunk = file.uint32(1, 32); trunk !== 0; trunk = file.uint32(trunk)) {
    claim(trunk)
    const page = file.page(trunk)
    const count = page.getUint32(4)
    if (count > page.byteLength / 4 - 2) throw new Doubt(file, `page ${trunk} is damaged`)
    for (let leaf = 0; leaf < count; leaf += 1) claim(page.getUint32(8 + 4 * leaf))
    free += 1 + count
  }
  if (free !== file.uint32(1, 36)) throw new Doubt(file, 'the number of free pages is wrong')
}
