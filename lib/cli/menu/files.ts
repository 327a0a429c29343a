import type { Stats } from 'node:fs'
import { readdir, stat } from 'node:fs/promises'
import { homedir } from 'node:os'
import path from 'node:path'
import { formatAge, formatBytes } from '../../format/units.ts'
import type { Choice } from './prompts.ts'

/** How many files of a folder are looked at closely. */
const atMost = 1000

const isDatabase = (name: string): boolean => /\.(?:sqlite3?|db3?)$/i.test(name)

/** Whether a choice of `findFiles` is a folder. */
export const isFolder = (file: string): boolean => file.endsWith('/')

/**
 * What a path that is being typed may become: the databases in its folder, the newest first, then the
 * folders to walk into, then other files whose name is being typed.
 *
 * @param cwd where relative paths begin, absolute
 */
export async function findFiles(cwd: string, typed: string, now: Date): Promise<Choice<string>[]> {
  const term = typed.startsWith('~/') ? `${homedir()}${typed.slice(1)}` : typed
  if (/(?:^|\/)\.\.?$/.test(term)) return [{ value: `${term}/`, label: `${term}/` }]
  const start = term.lastIndexOf('/') + 1
  const [folder, part] = [term.slice(0, start), term.slice(start).toLowerCase()]
  const entries = await readdir(path.resolve(cwd, folder), { withFileTypes: true }).catch(() => [])
  const fitting = entries
    .filter(({ name }) => name.toLowerCase().includes(part))
    // What is hidden, and what is installed, is there for who asks.
    .filter(({ name }) => part !== '' || !/^(?:\.|node_modules$)/.test(name))
    .slice(0, atMost)
  const found = await Promise.all(
    fitting.map(async ({ name }) => ({
      name,
      stats: await statOf(path.resolve(cwd, folder, name)),
    })),
  )
  const files = found.flatMap(({ name, stats }) =>
    stats?.isFile() === true ? [{ name, stats }] : [],
  )
  const newest = files.toSorted((a, b) => b.stats.mtimeMs - a.stats.mtimeMs)
  const choices = newest.map(({ name, stats }) => ({
    value: folder + name,
    label: folder + name,
    detail: `${formatBytes(stats.size)}, changed ${formatAge(stats.mtime.toISOString(), now)}`,
  }))
  const folders = found
    .filter(({ stats }) => stats?.isDirectory() === true)
    .map(({ name }) => name)
    .toSorted()
  const upward = part === '' && /^(?:\.\.\/)*$/.test(folder) ? ['..'] : []
  return [
    ...choices.filter(({ value }) => isDatabase(value)),
    ...[...folders, ...upward].map((name) => {
      const inside = `${folder}${name}/`
      return { value: inside, label: inside, detail: 'a folder: Enter walks into it' }
    }),
    // Any file may be a database, but who has one that is called otherwise knows its name.
    ...(part === '' ? [] : choices.filter(({ value }) => !isDatabase(value))),
  ]
}

function statOf(file: string): Promise<Stats | null> {
  // A link that leads nowhere is no choice.
  return stat(file).catch(() => null)
}
