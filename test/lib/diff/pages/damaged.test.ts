import { closeSync, openSync, readFileSync, truncateSync, writeFileSync, writeSync } from 'node:fs'
import path from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { ErrorCode } from '../../../../lib/errors/definitions.ts'
import { findTouched } from '../../../../lib/diff/pages/find-touched.ts'
import { sqlite } from '../../../helpers/databases.ts'
import { failure } from '../../../helpers/failure.ts'
import { inFolder } from '../../../helpers/in-folder.ts'
import { assertCovered, createPair, fill, type Pair, rangesOf, reasonOf } from './scene.ts'

const test = suite('lib/diff/pages/find-touched: damaged and crafted files')

const PAGE = 512

/**
 * Two tables with leaves and rows in overflow pages, an index, free pages. Row 2000 of `t` is changed,
 * row 44 of `o` at its end.
 */
function createTables(folder: string, pragmas = ''): Pair {
  const pair = {
    before: path.join(folder, 'before.sqlite'),
    after: path.join(folder, 'after.sqlite'),
  }
  const bytes = made.get(pragmas)
  if (bytes !== undefined) {
    writeFileSync(pair.before, bytes.before)
    writeFileSync(pair.after, bytes.after)
    return pair
  }
  const sql = `PRAGMA page_size=${PAGE}; ${pragmas} CREATE TABLE t(a INTEGER PRIMARY KEY, b);
    CREATE TABLE o(a INTEGER PRIMARY KEY, b); CREATE INDEX i ON o(b); CREATE TABLE gone(a, b);
    ${fill('t', 4000)} ${fill('o', 64, `printf('%.*c', iif(i < 60, i * i, 16000), 'x')`)} ${fill('gone', 2000, 'i')}
    DROP TABLE gone;`
  const changes = `UPDATE t SET b = 'changed' WHERE a = 2000;
    UPDATE o SET b = substr(b, 1, 1935) || 'y' WHERE a = 44;`
  createPair(folder, sql, changes)
  assert.is(assertCovered(pair).whole, 0)
  made.set(pragmas, { before: readFileSync(pair.before), after: readFileSync(pair.after) })
  return pair
}

/** By what they were made with: once is enough. */
const made = new Map<string, { readonly before: Buffer; readonly after: Buffer }>()

/** The bytes of a file, to be changed by page. */
class Pages {
  readonly bytes: Buffer
  readonly #file: string

  constructor(file: string) {
    this.#file = file
    this.bytes = readFileSync(file)
  }

  /** Of a table. */
  root(table: string): number {
    const database = new DatabaseSync(this.#file, { readOnly: true })
    const sql = 'SELECT rootpage FROM sqlite_schema WHERE name = ?'
    const root = Number(database.prepare(sql).get(table)?.['rootpage'])
    database.close()
    return root
  }

  page(page: number): Buffer {
    return this.bytes.subarray((page - 1) * PAGE, page * PAGE)
  }

  /** Where in the file an interior page has the numbers of its children, but for the last. */
  pointers(page: number): number[] {
    const bytes = this.page(page)
    const cells = bytes.readUInt16BE(3)
    return Array.from({ length: cells }, (_, index) => this.cell(page, index, 12))
  }

  /** Where in the file a cell of a page is. */
  cell(page: number, index: number, header = 8): number {
    return (page - 1) * PAGE + this.page(page).readUInt16BE(header + 2 * index)
  }

  /** The leaves of a table two levels deep, or those below one page of a deeper one. */
  leaves(page: number): number[] {
    return this.pointers(page).map((at) => this.bytes.readUInt32BE(at))
  }

  /** The first page above leaves. */
  parent(table: string): number {
    let page = this.root(table)
    for (;;) {
      const [first = 0] = this.leaves(page)
      if (this.page(first)[0] === 0x0d) return page
      page = first
    }
  }
}

type Edit = (pages: Pages) => void

function edit(file: string, change: Edit): void {
  const pages = new Pages(file)
  change(pages)
  writeFileSync(file, pages.bytes)
}

const damages: readonly {
  readonly name: string
  readonly change: Edit
  readonly reason: RegExp
}[] = [
  {
    name: 'a leaf that two places of a table lead to',
    change: (pages) => {
      const [first = 0, second = 0] = pages.pointers(pages.parent('t'))
      pages.bytes.copy(pages.bytes, second, first, first + 4)
    },
    reason: /page \d+ is used twice/,
  },
  {
    name: 'a b-tree that leads back to where it begins',
    change: (pages) => {
      const [first = 0] = pages.pointers(pages.parent('t'))
      pages.bytes.writeUInt32BE(pages.root('t'), first)
    },
    reason: /page \d+ is used twice/,
  },
  {
    name: 'a page of an index in a table',
    change: (pages) => {
      const [leaf = 0] = pages.leaves(pages.parent('t'))
      pages.page(leaf)[0] = 0x0a
    },
    reason: /page \d+ is no page of a table/,
  },
  {
    name: 'a page of nothing known in a table',
    change: (pages) => {
      const [leaf = 0] = pages.leaves(pages.parent('t'))
      pages.page(leaf)[0] = 0x0c
    },
    reason: /page \d+ is no page of a table/,
  },
  {
    name: 'a child behind the end of the file',
    change: (pages) => {
      const [first = 0] = pages.pointers(pages.parent('t'))
      pages.bytes.writeUInt32BE(0x7fffffff, first)
    },
    reason: /page 2147483647 is not there, but used/,
  },
  {
    name: 'page 0 as a child',
    change: (pages) => {
      const [first = 0] = pages.pointers(pages.parent('t'))
      pages.bytes.writeUInt32BE(0, first)
    },
    reason: /page 0 is not there, but used/,
  },
  {
    name: 'two tables with the same root',
    change: (pages) => {
      // The schema has both as one byte, in a record of its own.
      const [t, o] = [pages.root('t'), pages.root('o')]
      const schema = pages.page(1)
      const at = schema.indexOf(Buffer.concat([Buffer.from('oo'), Buffer.from([o])]))
      schema.writeUInt8(t, at + 2)
    },
    reason: /used twice/,
  },
  {
    name: 'a free page that is a leaf of a table',
    change: (pages) => {
      const trunk = pages.page(pages.bytes.readUInt32BE(32))
      const [leaf = 0] = pages.leaves(pages.parent('t'))
      trunk.writeUInt32BE(leaf, 8)
    },
    reason: /used twice/,
  },
  {
    name: 'a freelist without an end',
    change: (pages) => {
      const trunk = pages.bytes.readUInt32BE(32)
      pages.page(trunk).writeUInt32BE(trunk, 0)
    },
    reason: /used twice/,
  },
  {
    name: 'a free page that has more entries than room',
    change: (pages) => {
      pages.page(pages.bytes.readUInt32BE(32)).writeUInt32BE(127, 4)
    },
    reason: /page \d+ is damaged/,
  },
  {
    name: 'a wrong number of free pages',
    change: (pages) => {
      pages.bytes.writeUInt32BE(pages.bytes.readUInt32BE(36) + 1, 36)
    },
    reason: /the number of free pages is wrong/,
  },
  {
    name: 'pages that nothing uses',
    change: (pages) => {
      pages.bytes.writeUInt32BE(0, 32)
      pages.bytes.writeUInt32BE(0, 36)
    },
    reason: /\d+ pages belong to nothing/,
  },
  {
    name: 'cells outside of their page',
    change: (pages) => {
      const [leaf = 0] = pages.leaves(pages.parent('t'))
      pages.page(leaf).writeUInt16BE(PAGE, 8)
    },
    reason: /page \d+ is no page of a table or index, or is damaged/,
  },
  {
    name: 'more cells than room',
    change: (pages) => {
      const [leaf = 0] = pages.leaves(pages.parent('t'))
      pages.page(leaf).writeUInt16BE(PAGE, 3)
    },
    reason: /page \d+ is no page of a table or index, or is damaged/,
  },
  {
    name: 'a cell that ends behind its page',
    change: (pages) => {
      const leaf = pages.page(leafOf(pages, 2000))
      leaf.writeUInt16BE(PAGE - 1, 8)
      leaf.writeUInt8(1, PAGE - 1)
    },
    reason: /page \d+ is damaged/,
  },
  {
    name: 'cells of an interior page outside of it',
    change: (pages) => {
      pages.page(pages.parent('t')).writeUInt16BE(PAGE - 3, 12)
    },
    reason: /page \d+ is damaged/,
  },
  {
    name: 'rowids on a leaf in another order',
    change: (pages) => {
      const leaf = pages.page(leafOf(pages, 2000))
      const [first, second] = [leaf.readUInt16BE(8), leaf.readUInt16BE(10)]
      leaf.writeUInt16BE(second, 8)
      leaf.writeUInt16BE(first, 10)
    },
    reason: /the rowids of page \d+ are out of order/,
  },
  {
    name: 'a row on a leaf where nobody looks for it',
    change: (pages) => {
      // Behind its size of one byte: as many bytes as before, far too large.
      const at = pages.cell(leafOf(pages, 2000), 0) + 1
      pages.bytes.writeUInt16BE(0xff7f, at)
    },
    reason: /the rowids of page \d+ are out of order/,
  },
  {
    name: 'leaves in another order',
    change: (pages) => {
      const [first = 0, second = 0] = pages.pointers(pages.parent('t'))
      const [one, two] = [pages.bytes.readUInt32BE(first), pages.bytes.readUInt32BE(second)]
      pages.bytes.writeUInt32BE(two, first)
      pages.bytes.writeUInt32BE(one, second)
    },
    reason: /the rowids of page \d+ are out of order/,
  },
  {
    name: 'a separator below rows of the leaf before it',
    change: (pages) => {
      const [first = 0] = pages.pointers(pages.parent('t'))
      pages.bytes.writeUInt8(1, first + 4)
    },
    reason: /the rowids of page \d+ are out of order/,
  },
  {
    name: 'a separator above rows of the leaf behind it',
    change: (pages) => {
      const [first = 0] = pages.pointers(pages.parent('t'))
      pages.bytes.writeUInt8((pages.bytes[first + 4] ?? 0) + 1, first + 4)
    },
    reason: /the rowids of page \d+ are out of order/,
  },
  {
    name: 'a separator below that before it, and no row that would show it',
    change: (pages) => {
      const [, second = 0] = pages.pointers(pages.parent('t'))
      pages.page(pages.bytes.readUInt32BE(second)).writeUInt16BE(0, 3)
      pages.bytes.writeUInt8(1, second + 4)
    },
    reason: /the rowids of page \d+ are out of order/,
  },
  {
    name: 'a last separator above all that is below its page, and no row that would show it',
    change: (pages) => {
      const parent = pages.parent('t')
      assert.is.not(parent, pages.root('t'))
      pages.page(pages.page(parent).readUInt32BE(8)).writeUInt16BE(0, 3)
      // Of two bytes: the largest that there is.
      pages.bytes.writeUInt16BE(0xff7f, (pages.pointers(parent).at(-1) ?? 0) + 4)
    },
    reason: /the rowids of page \d+ are out of order/,
  },
  {
    name: 'overflow pages that go round in a circle',
    change: (pages) => {
      const chain = overflowOf(pages, 44)
      pages.page(chain).writeUInt32BE(chain, 0)
    },
    reason: /used twice/,
  },
  {
    name: 'overflow pages that end too early',
    change: (pages) => {
      pages.page(overflowOf(pages, 44)).writeUInt32BE(0, 0)
    },
    reason: /page 0 is not there/,
  },
  {
    name: 'a row that is larger than SQLite allows',
    change: (pages) => {
      pages.bytes.fill(0xff, cellOf(pages, 44), cellOf(pages, 44) + 8)
    },
    reason: /page \d+ is damaged/,
  },
]

/** The leaf with a row of the table `t`. */
function leafOf(pages: Pages, row: number): number {
  const text = pages.bytes.indexOf(`row ${row}`)
  const changed = text === -1 ? pages.bytes.indexOf('changed') : text
  return Math.floor(changed / PAGE) + 1
}

/** Where in the file a row of the table `o` begins. */
function cellOf(pages: Pages, row: number): number {
  let page = pages.root('o')
  for (;;) {
    const bytes = pages.page(page)
    const cells = bytes.readUInt16BE(3)
    if (bytes[0] === 0x0d) {
      for (let index = 0; index < cells; index += 1) {
        // Behind a size of two bytes.
        if (pages.bytes[pages.cell(page, index) + 2] === row) return pages.cell(page, index)
      }
      throw new Error(`no row ${row}`)
    }
    const below = pages.pointers(page).find((at) => (pages.bytes[at + 4] ?? 0) >= row)
    page = below === undefined ? bytes.readUInt32BE(8) : pages.bytes.readUInt32BE(below)
  }
}

/** The first overflow page of a row of the table `o`. */
function overflowOf(pages: Pages, row: number): number {
  const cell = cellOf(pages, row)
  const payload = ((pages.bytes[cell] ?? 0) & 0x7f) * 128 + ((pages.bytes[cell + 1] ?? 0) & 0x7f)
  const least = Math.floor(((PAGE - 12) * 32) / 255) - 23
  const fitting = least + ((payload - least) % (PAGE - 4))
  return pages.bytes.readUInt32BE(cell + 3 + (fitting <= PAGE - 35 ? fitting : least))
}

/**
 * Lets two pages of an overflow chain change places; the map goes on saying what was before.
 *
 * @param distance how far behind the page before them the first of them is
 * @returns the first of them
 */
function swapNext(pages: Pages, distance: number): number {
  for (let row = 64; row > 30; row -= 1) {
    let first = overflowOf(pages, row)
    for (;;) {
      const second = pages.page(first).readUInt32BE(0)
      const third = second === 0 ? 0 : pages.page(second).readUInt32BE(0)
      if (third === 0) break
      if (second === first + distance) {
        const kept = Buffer.from(pages.page(second))
        pages.page(third).copy(pages.page(second))
        kept.copy(pages.page(third))
        pages.page(first).writeUInt32BE(third, 0)
        pages.page(third).writeUInt32BE(second, 0)
        return second
      }
      first = second
    }
  }
  throw new Error('no such chain')
}

for (const { name, change, reason } of damages) {
  test(`${name}: nothing is concluded from pages`, () =>
    inFolder(async (folder) => {
      const pair = createTables(folder)
      edit(pair.after, change)
      assert.match(reasonOf(pair), reason)
      assert.match(reasonOf(pair), /^in the file after, /)
    }))
}

test('whatever a free page looks like, at the end of the file, too, it is free', () =>
  inFolder(async (folder) => {
    const pair = createTables(folder)
    for (const kind of [0x02, 0x05, 0x0a, 0x0d]) {
      edit(pair.after, (pages) => {
        const trunk = pages.page(pages.bytes.readUInt32BE(32))
        const last = pages.bytes.length / PAGE
        assert.ok(freePages(trunk).includes(last))
        // As many cells as it says, there is no room for.
        pages.page(last).fill(1).writeUInt8(kind)
      })
      assert.is(assertCovered(pair).whole, 0)
    }
  }))

function freePages(trunk: Buffer): number[] {
  return Array.from({ length: trunk.readUInt32BE(4) }, (_, index) =>
    trunk.readUInt32BE(8 + 4 * index),
  )
}

test('where the pointer map leads to another overflow page, nothing is concluded from pages', () =>
  inFolder(async (folder) => {
    // Side by side, or with a page of the map between them.
    for (const distance of [1, 2]) {
      const pair = createTables(folder, 'PRAGMA auto_vacuum=1;')
      let page = 0
      edit(pair.after, (pages) => {
        page = swapNext(pages, distance)
      })
      assert.is(reasonOf(pair), `in the file after, the pointer map is wrong about page ${page}`)
    }
  }))

test('damage of the file before is told as such', () =>
  inFolder(async (folder) => {
    const pair = createTables(folder)
    edit(pair.before, (pages) => pages.bytes.writeUInt32BE(7, 36))
    assert.is(reasonOf(pair), 'in the file before, the number of free pages is wrong')
  }))

test('where SQLite cannot read the schema, nothing is concluded, and its words are not repeated', () =>
  inFolder(async (folder) => {
    const { before, after } = createTables(folder)
    const roots = [{ before: new Pages(before).root('t'), after: new Pages(after).root('t') }]
    edit(after, (pages) => {
      pages.bytes.write('CREATE NONSENSE', pages.bytes.indexOf('CREATE TABLE t'))
    })
    const reason = 'in the file after, SQLite cannot read the schema'
    assert.equal(findTouched(before, after, roots), [{ kind: 'whole', reason }])
  }))

test('what is no whole database is refused', () =>
  inFolder(async (folder) => {
    const { before, after } = createTables(folder)
    const refused = async (code: ErrorCode): Promise<void> => {
      await failure(code, async () => findTouched(before, after, []))
      await failure(code, async () => findTouched(after, before, []))
    }
    truncateSync(after, 512 * 20 - 1)
    await refused('DM_DATABASE_TRUNCATED')
    truncateSync(after, 60)
    await refused('DM_DATABASE_TRUNCATED')
    writeFileSync(after, 'no database at all')
    await refused('DM_DATABASE_NOT_SQLITE')
    truncateSync(after, 0)
    await refused('DM_DATABASE_EMPTY')
    writeFileSync(after, Buffer.concat([readFileSync(before), Buffer.from('tail')]))
    await refused('DM_DATABASE_TRAILING')
    await failure('DM_FILE_MISSING', async () => findTouched(before, path.join(folder, 'x'), []))
    await failure('DM_FILE_UNREADABLE', async () => findTouched(before, folder, []))
  }))

test('other reserved bytes are not compared', () =>
  inFolder(async (folder) => {
    const pair = createTables(folder)
    await sqlite(pair.after, '.filectrl reserve_bytes 8', 'VACUUM')
    assert.is(reasonOf(pair), 'the reserved bytes of pages differ')
  }))

test('the page at 1 GiB, which SQLite never uses, and the pointer map, which gives way to it', () =>
  inFolder(async (folder) => {
    const size = 1024
    const sql = `PRAGMA page_size=${size}; PRAGMA auto_vacuum=2; CREATE TABLE t(a INTEGER PRIMARY KEY, b);
      ${fill('t', 300)}`
    const pair = createPair(folder, sql, `UPDATE t SET b = 'x' WHERE a = 1`)
    for (const file of [pair.before, pair.after]) addFreePages(file, size, 1024 ** 3 / size + 400)
    assert.equal(rangesOf(pair).length, 1)
  }))

/** Lets a file with a pointer map grow, without taking room, to that many pages: all new ones are free. */
function addFreePages(file: string, size: number, last: number): void {
  const mapStep = Math.floor(size / 5) + 1
  const lock = 1024 ** 3 / size + 1
  const isTaken = (page: number): boolean =>
    page === lock || (page - 2) % mapStep === 0 || (page - 1 === lock && (lock - 2) % mapStep === 0)
  const header = readFileSync(file)
  const free: number[] = []
  for (let page = header.length / size + 1; page <= last; page += 1) {
    if (!isTaken(page)) free.push(page)
  }
  header.writeUInt32BE(last, 28)
  header.writeUInt32BE(free[0] ?? 0, 32)
  header.writeUInt32BE(free.length, 36)
  truncateSync(file, last * size)
  const descriptor = openSync(file, 'r+')
  writeSync(descriptor, header, 0, 100, 0)
  const most = size / 4 - 2
  for (let at = 0; at < free.length; at += most + 1) {
    const [trunk = 0, ...leaves] = free.slice(at, at + most + 1)
    const words = [free[at + most + 1] ?? 0, leaves.length, ...leaves]
    const bytes = Buffer.alloc(4 * words.length)
    for (const [index, word] of words.entries()) bytes.writeUInt32BE(word, 4 * index)
    writeSync(descriptor, bytes, 0, bytes.length, (trunk - 1) * size)
  }
  closeSync(descriptor)
}

test.run()
