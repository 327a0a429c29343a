import { DatabaseSync } from 'node:sqlite'
import { pathToFileURL } from 'node:url'
import { toUtf8 } from './rows/values.ts'

/** One of the two databases, as a connection and the name that it has on it. */
export interface Side {
  readonly db: DatabaseSync
  readonly schema: 'main' | 'later'
  readonly encoding: Encoding
}

export type Encoding = 'UTF-8' | 'UTF-16le' | 'UTF-16be'

export interface Pair {
  readonly before: Side
  readonly after: Side
  /** Whether both are on one connection, so that SQL can compare them: only with one encoding. */
  readonly isJoint: boolean
  readonly close: () => void
}

/**
 * Opens two databases that nobody writes to, hostile as they may be: read-only, no extensions, no
 * function of their schema that reaches outside of them.
 *
 * @throws errors of node:sqlite
 */
export function openDatabases(before: string, after: string): Pair {
  const first = open(before)
  const second = open(after)
  const encodings = { before: encodingOf(first), after: encodingOf(second) }
  if (encodings.before !== encodings.after) {
    for (const [db, encoding] of [
      [first, encodings.before],
      [second, encodings.after],
    ] as const) {
      const recode = toUtf8(encoding)
      db.function('dm_utf8', { deterministic: true }, (bytes) => recode(bytes as Uint8Array))
    }
    return {
      before: { db: first, schema: 'main', encoding: encodings.before },
      after: { db: second, schema: 'main', encoding: encodings.after },
      isJoint: false,
      close: () => {
        first.close()
        second.close()
      },
    }
  }
  second.close()
  first.prepare('ATTACH ? AS later').run(immutable(after))
  return {
    before: { db: first, schema: 'main', encoding: encodings.before },
    after: { db: first, schema: 'later', encoding: encodings.after },
    isJoint: true,
    close: () => first.close(),
  }
}

function open(file: string): DatabaseSync {
  const db = new DatabaseSync(immutable(file), {
    readOnly: true,
    allowExtension: false,
    // A name that is no column must never become a text that is the same on both sides.
    enableDoubleQuotedStringLiterals: false,
  })
  db.enableDefensive(true)
  db.exec('PRAGMA trusted_schema=OFF; PRAGMA cell_size_check=ON; PRAGMA temp_store=FILE;')
  return db
}

function encodingOf(db: DatabaseSync): Encoding {
  return db.prepare('PRAGMA encoding').get()?.['encoding'] as Encoding
}

/** A file in WAL mode is read without making files beside it. */
function immutable(file: string): string {
  return `${pathToFileURL(file).href}?immutable=1`
}

/** The value of a pragma that is a number. */
export function pragma({ db, schema }: Side, name: string): number {
  return Number(Object.values(db.prepare(`PRAGMA ${schema}.${name}`).get() ?? {})[0])
}
