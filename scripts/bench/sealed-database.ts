import { createCipheriv } from 'node:crypto'
import { DatabaseSync } from 'node:sqlite'
import { setImmediate as breathe } from 'node:timers/promises'

/** Makes the database anew, or changes one blob in a thousand of it. */
export type Seal = 'made' | 'changed'

const BLOB = 64 * 1024
const AT_ONCE = 64

/** Makes a database of blobs that look encrypted, so that nothing can compress them; always the same. */
export async function makeSealed(
  file: string,
  bytes: number,
  seal: Seal,
  signal: AbortSignal,
): Promise<void> {
  const database = new DatabaseSync(file)
  try {
    database.exec('PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF;')
    if (seal === 'made') {
      database.exec(
        'CREATE TABLE Technology(tech TEXT); CREATE TABLE Sealed(id INTEGER PRIMARY KEY, bytes BLOB);',
      )
    }
    const write = database.prepare('REPLACE INTO Sealed VALUES (?, ?)')
    const cipher = createCipheriv('aes-128-ctr', Buffer.alloc(16, seal), Buffer.alloc(16))
    const count = Math.max(1, Math.floor(bytes / BLOB))
    const step = seal === 'made' ? 1 : Math.min(1000, count)
    database.exec('BEGIN')
    for (let id = 0; id < count; id += step) {
      write.run(id, cipher.update(Buffer.alloc(BLOB)))
      if ((id / step) % AT_ONCE > 0) continue
      database.exec('COMMIT; BEGIN')
      // Ctrl+C is heard only between.
      await breathe()
      signal.throwIfAborted()
    }
    database.exec('COMMIT')
  } finally {
    database.close()
  }
}
