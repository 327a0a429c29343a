import { readFile, stat } from 'node:fs/promises'
import path from 'node:path'
import { baseRef, type Repository } from './repository.ts'

/**
 * When the base was last brought here from the remote, or pushed to it; null where there is no
 * remote, or nothing tells.
 */
export async function lastFetch(repository: Repository): Promise<Date | null> {
  const { gitDir, commonDir, remote } = repository
  if (remote === null) return null
  const fetchHead = path.join(gitDir, 'FETCH_HEAD')
  // It is empty after a failure, and knows only what was fetched last.
  const fetched = await readFile(fetchHead, 'utf8').catch(() => '')
  const isBase = fetched.includes(`branch '${repository.base}' of `)
  const ref = baseRef(repository)
  // The reference as a file, its log, and what a clone leaves.
  const traces = [ref, `logs/${ref}`, `logs/refs/remotes/${remote}/HEAD`]
  const files = [
    ...(isBase ? [fetchHead] : []),
    ...traces.map((name) => path.join(commonDir, name)),
  ]
  const times = await Promise.all(
    files.map((file) =>
      stat(file).then(
        ({ mtimeMs }) => mtimeMs,
        () => 0,
      ),
    ),
  )
  const newest = Math.max(...times)
  return newest === 0 ? null : new Date(newest)
}
