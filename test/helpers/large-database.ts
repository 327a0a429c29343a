import { sqlite } from './databases.ts'

/** Makes a valid database of about that many MiB, quickly: random rows, so that parts differ. */
export async function createLargeDatabase(file: string, mebibytes: number): Promise<string> {
  const rows = `
    WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${mebibytes})
    INSERT INTO Bulk SELECT i, randomblob(1000000) FROM n;`
  await sqlite(
    file,
    'PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF;',
    'CREATE TABLE Technology(tech TEXT); CREATE TABLE Bulk(id INTEGER PRIMARY KEY, bytes BLOB);',
    rows,
  )
  return file
}
