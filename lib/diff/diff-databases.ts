import { mkdtemp, rm, stat } from 'node:fs/promises'
import path from 'node:path'
import { DmError } from '../errors/dm-error.ts'
import type { Compared } from './compare-databases.ts'
import { runInWorker, WorkerFailure, type WorkerOptions } from './run-in-worker.ts'
import { proveByApplying, proveTouched } from './sql/prove.ts'
import type { DatabaseDiff, DiffOptions } from './types.ts'
import type { Task } from './worker.ts'

/** https://www.sqlite.org/rescode.html: SQLITE_CORRUPT, SQLITE_NOTADB. */
const damage = new Set([11, 26])

/** Below that size in bytes, SQL is always proved on a copy of all. */
const ALWAYS_PROVED = 200 * 1024 * 1024

/**
 * How two databases differ. Nobody may write to them meanwhile.
 *
 * @param before path of the one
 * @param after path of the other
 * @throws DM_DATABASE_DAMAGED; errors of the file system and of SQLite; the signal's reason
 */
export async function diffDatabases(
  before: string,
  after: string,
  options: DiffOptions,
): Promise<DatabaseDiff> {
  const { signal, report, env = {}, prove = false, ...rest } = options
  signal?.throwIfAborted()
  const scratch = await mkdtemp(path.join(options.scratch, 'diff-'))
  try {
    const keepTouched = !prove && (await isLarge(before, after))
    const task = { before, after, options: { ...rest, scratch, keepTouched } }
    const { diff, touched } = await compareInWorker(task, { signal, report })
    if (diff.sql === null || 'reason' in diff.sql) return diff
    const compare = async (one: string, other: string): Promise<DatabaseDiff> => {
      const whole = { scratch, engine: 'whole' } as const
      const { diff: found } = await compareInWorker(
        { before: one, after: other, options: whole },
        { signal },
      )
      return found
    }
    const place = { before, after, scratch, env, signal }
    const sql =
      touched === null
        ? await proveByApplying(diff.sql, place, compare)
        : await proveTouched(diff, diff.sql, { ...place, ...touched }, compare)
    return { ...diff, sql }
  } finally {
    await rm(scratch, { recursive: true, force: true })
  }
}

async function isLarge(...files: readonly string[]): Promise<boolean> {
  const sizes = await Promise.all(files.map(async (file) => (await stat(file)).size))
  return Math.max(...sizes) >= ALWAYS_PROVED
}

async function compareInWorker(task: Task, options: WorkerOptions): Promise<Compared> {
  const isSource = import.meta.url.endsWith('.ts')
  const entry = new URL(isSource ? './worker.ts' : './diff-worker.js', import.meta.url)
  try {
    return await runInWorker<Compared>(entry, task, options)
  } catch (error) {
    const errcode = error instanceof WorkerFailure ? error.errcode : null
    if (errcode === null || !damage.has(errcode & 0xff)) throw error
    const file = `${task.before}' or '${task.after}`
    const problems = [error instanceof Error ? error.message : String(error)]
    throw new DmError('DM_DATABASE_DAMAGED', { file, problems }, { cause: error })
  }
}
