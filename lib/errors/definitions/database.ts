import path from 'node:path'
import { formatBytes } from '../../format/units.ts'
import { shellQuote } from '../../format/text.ts'
import { define } from '../define.ts'

/** Remedies for what is found in place of a database. */
const remedies: Readonly<Record<string, (file: string) => string>> = {
  'gzip data': (file) => `Unpack it first: gunzip -c ${file} > NEW.sqlite`,
  'a ZIP archive': (file) => `Unpack it first: unzip ${file}`,
  'xz data': (file) => `Unpack it first: xz -dc ${file} > NEW.sqlite`,
  'zstd data': (file) => `Unpack it first: zstd -dc ${file} > NEW.sqlite`,
  'bzip2 data': (file) => `Unpack it first: bzip2 -dc ${file} > NEW.sqlite`,
  'a Git LFS pointer': (file) => `Fetch the file itself: git lfs pull --include ${file}`,
  'an SQL dump': (file) => `Make a database of it: sqlite3 NEW.sqlite < ${file}`,
}

const copyAgain =
  'Copy the file again from where it was made, while no program has it open; to check a copy: sqlite3 FILE "PRAGMA quick_check"'

/** Failures of SQLite databases and the sqlite3 command. */
export const databaseErrors = {
  DM_DATABASE_EMPTY: define<{ file: string }>({
    exit: 3,
    message: ({ file }) => `The file '${file}' is empty: it holds no database.`,
    hint: () => 'Check the path, and that the program that writes the database has finished.',
  }),
  DM_DATABASE_NOT_SQLITE: define<{ file: string; found: string }>({
    exit: 3,
    message: ({ file, found }) =>
      `The file '${file}' is not a SQLite database: it looks like ${found}.`,
    hint: ({ file, found }) =>
      remedies[found]?.(shellQuote(file)) ?? 'Check the path; name the .sqlite file itself.',
  }),
  DM_DATABASE_HEADER: define<{ file: string; problem: string }>({
    exit: 3,
    message: ({ file, problem }) =>
      `The file '${file}' begins like a SQLite database, but its header is damaged: ${problem}.`,
    hint: () => copyAgain,
  }),
  DM_DATABASE_TRUNCATED: define<{ file: string; missing: number; expected: number }>({
    exit: 3,
    message: ({ file, missing, expected }) =>
      `The database '${file}' is truncated: ${missing} of ${expected} bytes are missing.`,
    hint: () => copyAgain,
  }),
  DM_DATABASE_TRAILING: define<{ file: string; extra: number; expected: number }>({
    exit: 3,
    message: ({ file, extra, expected }) =>
      `The database '${file}' has ${extra} bytes too many: by its header it ends after ${expected}.`,
    hint: ({ file, expected }) =>
      `Copy the file again from where it was made; or, where you know that what follows is rubbish, cut it off in a copy: head -c ${expected} ${shellQuote(file)} > NEW.sqlite`,
  }),
  DM_DATABASE_JOURNAL: define<{ file: string; journal: string; bytes: number }>({
    exit: 3,
    message: ({ journal, bytes, file }) =>
      `'${journal}' (${formatBytes(bytes)}) holds changes that are not in '${file}' yet, or that have to be taken back.`,
    hint: ({ file, journal }) =>
      `Close every program that uses the database: the last one brings it up to date. Where none is left to do that, copy both files, and let SQLite do it in the copy: mkdir COPY && cp ${shellQuote(file)} ${shellQuote(journal)} COPY/ && sqlite3 COPY/${shellQuote(path.basename(file))} 'PRAGMA wal_checkpoint(TRUNCATE); PRAGMA journal_mode=DELETE;'`,
  }),
  DM_DATABASE_DAMAGED: define<{ file: string; problems: readonly string[] }>({
    exit: 3,
    message: ({ file, problems }) =>
      `The database '${file}' is damaged:${problems.map((problem) => `\n  ${problem}`).join('')}`,
    hint: () => `Take an undamaged copy or a backup, or make the database anew. ${copyAgain}`,
  }),
  DM_DATABASE_NEWER: define<{ file: string; writer: string; version: string; reason: string }>({
    exit: 1,
    message: ({ file, writer, version, reason }) =>
      `The database '${file}' was last written by SQLite ${writer}, and the sqlite3 here, ${version}, cannot read it: ${reason}`,
    hint: ({ writer }) =>
      `The file may well be whole: install SQLite ${writer} or newer (https://www.sqlite.org/download.html) and let its sqlite3 come first on the PATH.`,
  }),
  DM_DIFF_FAILED: define<{ before: string; after: string; reason: string }>({
    exit: 1,
    message: ({ before, after, reason }) =>
      `'${before}' and '${after}' could not be compared: ${reason}`,
    hint: () => 'Check that both are whole: sqlite3 -readonly FILE "PRAGMA integrity_check"',
  }),
  DM_DIFF_NO_SQL: define<{ before: string; after: string; reason: string }>({
    exit: 1,
    message: ({ before, after, reason }) =>
      `There is no SQL that turns '${before}' into '${after}': ${reason}`,
    hint: () => 'Leave out --format sql: what is different is shown all the same.',
  }),
  DM_DIFF_TOO_LARGE: define<{ dataset: string; version: string; bytes: number; most: number }>({
    exit: 1,
    message: ({ dataset, version, bytes, most }) =>
      `${dataset} ${version} has ${formatBytes(bytes)}, and at most ${formatBytes(most)} are downloaded only to be compared with.`,
    hint: ({ dataset, version }) =>
      `Raise diff.maxDownload in the config, or download it yourself: dm pull ${shellQuote(`${dataset}@${version}`)} -o FILE, then dm diff FILE …`,
  }),
  DM_DIFF_TOO_MANY: define<{ row: { table: string; bytes: number } | null; most: number }>({
    exit: 1,
    message: ({ row, most }) =>
      row === null
        ? `The rows that differ take more than ${formatBytes(most)}, the most that --full shows.`
        : `A row of '${row.table}' alone takes ${formatBytes(row.bytes)} or more; with --full at most ${formatBytes(most)} are shown.`,
    hint: () =>
      'Leave out --full. All rows are in the SQL, unless one is too long for it: dm diff A B --format sql > FILE.',
  }),
  DM_SQLITE_MISSING: define<object>({
    exit: 1,
    message: () => `The command 'sqlite3' is not installed, or not on the PATH.`,
    hint: () =>
      'Install it. Debian, Ubuntu: apt install sqlite3. macOS: brew install sqlite. Windows: winget install SQLite.SQLite',
  }),
  DM_SQLITE_TOO_OLD: define<{ version: string; needed: string }>({
    exit: 1,
    message: ({ version, needed }) =>
      `The command 'sqlite3' has the version ${version}; at least ${needed} is needed, which can open a database from elsewhere safely.`,
    hint: () =>
      'Install a newer one. Debian, Ubuntu: apt install sqlite3. macOS: brew install sqlite. Windows: winget install SQLite.SQLite',
  }),
  DM_SQLITE_BUSY: define<{ file: string }>({
    exit: 1,
    message: ({ file }) => `The database '${file}' is locked by another program.`,
    hint: () => 'Close that program, or wait until it has finished, then run the command again.',
  }),
  DM_SQLITE_FAILED: define<{ file: string; reason: string }>({
    exit: 1,
    message: ({ file, reason }) => `sqlite3 cannot read the database '${file}': ${reason}`,
    hint: ({ file }) => `Try it by hand: sqlite3 -readonly ${shellQuote(file)} .tables`,
  }),
  DM_SQLITE_OUTPUT: define<{ file: string; limit: number }>({
    exit: 3,
    message: ({ file, limit }) =>
      `Reading the database '${file}' gives more than ${formatBytes(limit)}: its schema is far larger than that of any real database.`,
    hint: () => 'Check where the file comes from; do not publish it as it is.',
  }),
}
