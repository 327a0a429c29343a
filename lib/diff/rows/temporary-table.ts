import type { DatabaseSync } from 'node:sqlite'

/** By connection: how many were made. */
const made = new WeakMap<DatabaseSync, number>()

/**
 * Makes a temporary table with a column `r` of rowids; returns its name.
 *
 * @param more another column
 */
export function createRowidTable(db: DatabaseSync, more = ''): string {
  const number = (made.get(db) ?? 0) + 1
  made.set(db, number)
  const name = `dm_${number}`
  db.exec(`CREATE TEMP TABLE ${name}(r INTEGER PRIMARY KEY${more === '' ? '' : `, ${more}`})`)
  return name
}

export function dropTable(db: DatabaseSync, name: string): void {
  db.exec(`DROP TABLE temp.${name}`)
}
