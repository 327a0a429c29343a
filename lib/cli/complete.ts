import { findCandidates } from '../completion/candidates.ts'
import { FILES } from '../completion/scripts.ts'
import { readShellLine, toPiece } from '../completion/shell-line.ts'
import { locateProject, openProject, type Project } from '../config/open-project.ts'
import { printableLine } from '../format/text.ts'
import type { Catalog } from '../graph/operation.ts'
import type { Io } from './output.ts'
import { findCommandName, globalOptions } from './program.ts'

/** Longer than this nobody waits for a Tab, in milliseconds: a config may be slow. */
const patience = 3000

/**
 * Answers a shell that asks what fits at the cursor, a line for each; nothing where anything is wrong:
 * an error would stand in the middle of what somebody types.
 *
 * @param question the shell, and what its script hands over (`completionScript`)
 */
export async function complete(
  question: readonly string[],
  io: Io,
  catalog: Catalog,
): Promise<number> {
  const late = new Promise<string[]>((resolve) => setTimeout(resolve, patience, []).unref())
  const lines = await Promise.race([answer(question, io, catalog).catch(() => []), late])
  if (lines.length > 0) io.stdout.write(`${lines.join('\n')}\n`)
  return 0
}

async function answer(
  [shell, ...said]: readonly string[],
  io: Io,
  catalog: Catalog,
): Promise<string[]> {
  const isBash = shell === 'bash'
  const typed = isBash ? readShellLine(said[0] ?? '', said[1] ?? '') : null
  const words = typed === null ? said.slice(0, -1) : typed.words.slice(1)
  const raw = said.at(-1) ?? ''
  const current = typed?.current ?? (shell === 'fish' ? readShellLine(raw, '').current : raw)
  const found = await findCandidates(
    { words, current, command: findCommandName(words) },
    {
      catalog,
      globals: globalOptions.map(([flags, description]) => ({ flags, description })),
      project: () => openNamed(words, io),
    },
  )
  if (found === 'files') return [FILES]
  return found.flatMap(({ value, description }) => {
    // What a terminal does not show as it is, nobody can see to be right.
    if (printableLine(value) !== value) return []
    if (typed === null) return [`${value}\t${printableLine(description)}`]
    const piece = toPiece(value, typed)
    return piece === null ? [] : [piece]
  })
}

/** The data repository that a command of these words would act in. */
async function openNamed(words: readonly string[], { cwd, env }: Io): Promise<Project> {
  const valueOf = (pattern: RegExp): string | undefined =>
    words[words.findLastIndex((word) => pattern.test(word)) + 1 || words.length]
  const place = { cwd, env, root: valueOf(/^(?:--cwd|-[a-zA-Z]*C)$/) }
  return openProject(await locateProject({ ...place, configFile: valueOf(/^--config$/) }))
}
