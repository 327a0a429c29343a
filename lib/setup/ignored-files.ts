import path from 'node:path'
import type { Environment } from '../config/define-config.ts'
import { DmError } from '../errors/dm-error.ts'
import { makeScratch } from '../files/scratch.ts'
import { gitEnvironment } from '../git/git-environment.ts'
import { gitFailure, readGit } from '../git/read-git.ts'
import { type GitPlace, runGit } from '../git/run-git.ts'
import type { Site } from './site.ts'

/**
 * The lines for `.gitignore` by which git no longer ignores these files.
 *
 * @param files relative to the folder
 * @throws DM_SETUP_INCOMPLETABLE where a whole folder is ignored, DM_SCRATCH_UNUSABLE, DM_GIT_FAILED
 */
export async function findExceptions(
  place: Pick<Site, 'folder' | 'git'> & {
    readonly env: Environment
    readonly signal: AbortSignal
  },
  files: readonly string[],
): Promise<string[]> {
  const { folder, git, signal } = place
  const at = { cwd: folder, env: gitEnvironment(place.env) }
  // What is in an ignored folder cannot be taken out of it by a line of its own.
  const probes = new Map(files.flatMap(foldersOf).map((above) => [`${above}/init-probe`, above]))
  const asked = [...files, ...probes.keys()]
  const ignored =
    git === null
      ? await inRepository(at, signal, (options) => listIgnored(at, options, asked, signal))
      : await listIgnored(at, [], asked, signal)
  const lost = files.filter((file) => ignored.has(file))
  for (const file of lost) {
    const above = foldersOf(file).find((one) => ignored.has(`${one}/init-probe`))
    if (above === undefined) continue
    const reason = `git ignores what is in the folder ${above}, and ${file} is needed in every clone`
    throw new DmError('DM_SETUP_INCOMPLETABLE', { path: '.gitignore', reason })
  }
  return lost.map((file) => `!/${file.replaceAll(/[*?[\\ ]/g, String.raw`\$&`)}`)
}

/** `a/b/c` → `a`, `a/b`. */
function foldersOf(file: string): string[] {
  const parts = file.split('/').slice(0, -1)
  return parts.map((_, index) => parts.slice(0, index + 1).join('/'))
}

async function listIgnored(
  place: GitPlace,
  options: readonly string[],
  files: readonly string[],
  signal: AbortSignal,
): Promise<ReadonlySet<string>> {
  const args = [...options, 'check-ignore', '--no-index', '--stdin', '-z']
  // Behind the dot, no character has a meaning.
  const input = Buffer.from(files.map((file) => `./${file}\0`).join(''))
  const env = { GIT_LITERAL_PATHSPECS: '0' } // git refuses it here
  const { code, stdout, stderr } = await runGit(place, args, { signal, input, env })
  // 1: none is.
  if (code !== 0 && code !== 1) throw await gitFailure(place, 'check-ignore', { code, stderr })
  const found = stdout.toString().split('\0')
  return new Set(found.map((file) => file.slice('./'.length)))
}

/** Lends a folder without a repository one that lies elsewhere. */
async function inRepository<Result>(
  place: GitPlace,
  signal: AbortSignal,
  body: (options: readonly string[]) => Promise<Result>,
): Promise<Result> {
  const { path: lent, remove } = await makeScratch()
  try {
    await readGit(place, ['init', '--quiet', '--template=', lent], { signal })
    return await body([`--git-dir=${path.join(lent, '.git')}`, `--work-tree=${place.cwd}`])
  } finally {
    await remove()
  }
}
