import { DatabaseSync } from 'node:sqlite'

/** What a database holds, told without the code under test: its schema, and every row of every table. */
export interface DatabaseContent {
  readonly schema: readonly string[]
  /** By table: its rows as types and bytes, sorted, so that neither rowids nor order count. */
  readonly tables: Readonly<Record<string, readonly string[]>>
}

/** Statistics are no content; what SQLite makes by itself is told by what it serves. */
const isLeftOut = (name: string): boolean => /^sqlite_(?:stat|autoindex)/.test(name)

export function contentOf(file: string): DatabaseContent {
  const db = new DatabaseSync(file, { readOnly: true })
  try {
    const items = db
      .prepare(
        'SELECT type, name, tbl_name AS tab, sql, rootpage FROM sqlite_schema ORDER BY type, name',
      )
      .all() as Record<string, string | null>[]
    const own = items.filter((item) => !isLeftOut(item['name'] ?? ''))
    const value = (name: string): unknown =>
      Object.values(db.prepare(`PRAGMA ${name}`).get() ?? {})[0]
    const pragmas = ['user_version', 'application_id', 'encoding'].map(
      (name) => `${name} ${String(value(name))}`,
    )
    const schema = own
      .filter(({ name }) => name !== 'sqlite_sequence')
      // Renaming puts names into quotes, and quotes around a name mean nothing.
      .map(({ type, name, tab, sql }) => `${type} ${name} ${tab} ${sql?.replaceAll(/["\s]+/g, '')}`)
    const tables = own
      .filter(({ type, rootpage }) => type === 'table' && Number(rootpage) > 0)
      .map(({ name }) => [name ?? '', rowsOf(db, name ?? '')] as const)
      .filter(([name, rows]) => name !== 'sqlite_sequence' || rows.length > 0)
    return { schema: [...schema, ...pragmas], tables: Object.fromEntries(tables) }
  } finally {
    db.close()
  }
}

function rowsOf(db: DatabaseSync, table: string): string[] {
  const quoted = (name: string): string => `"${name.replaceAll('"', '""')}"`
  const columns = db.prepare(`PRAGMA table_xinfo(${quoted(table)})`).all()
  const terms = columns.flatMap(({ name }) => {
    const column = `t.${quoted(String(name))}`
    return [
      `typeof(${column})`,
      `CASE WHEN typeof(${column}) IN ('text', 'blob') THEN hex(CAST(${column} AS BLOB)) ELSE ${column} END`,
    ]
  })
  const statement = db.prepare(`SELECT ${terms.join(', ')} FROM ${quoted(table)} AS t NOT INDEXED`)
  statement.setReadBigInts(true)
  statement.setReturnArrays(true)
  const bits = new DataView(new ArrayBuffer(8))
  return (statement.all() as unknown as unknown[][])
    .map((row) =>
      row
        .map((value) => {
          if (typeof value !== 'number') return String(value)
          bits.setFloat64(0, value)
          return bits.getBigUint64(0).toString(16)
        })
        .join('|'),
    )
    .toSorted()
}
