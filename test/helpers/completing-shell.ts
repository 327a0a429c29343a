import { mkdir, readFile, writeFile } from 'node:fs/promises'
import path from 'node:path'
import type { Shell } from '../../lib/completion/scripts.ts'
import { createRepository } from './git-repository.ts'
import { gitTestEnvironment } from './git-test-environment.ts'
import { runOnTerminal } from './terminal.ts'

const program = path.join(import.meta.dirname, '../../lib/cli/bin.cjs')

/** Names that an old manifest may have: each would do something, were it ever evaluated. */
export const hostileNames = [
  'my data.sqlite',
  '$(touch PWNED).sqlite',
  '`touch PWNED`.sqlite',
  "a';touch PWNED;'.sqlite",
  'b"$(touch PWNED)".sqlite',
  'c&touch PWNED&.sqlite',
  'd{1,2}*?[a-z].sqlite',
  'e:f=g@h.sqlite',
  'été.sqlite',
  '~root.sqlite',
  '%s%n.sqlite',
]

/** How each shell is started with nothing of its user's, told its prompt, and taught to complete. */
const starts: Readonly<Record<Shell, { command: readonly string[]; setup: string }>> = {
  bash: {
    command: ['bash', '--norc', '--noprofile', '-i'],
    setup: `PS1='READY''> '; eval "$(dm completion bash)"`,
  },
  zsh: {
    command: ['zsh', '-f', '-i'],
    setup: `PS1='READY''> '; autoload -Uz compinit; compinit -u -D; eval "$(dm completion zsh)"`,
  },
  fish: {
    command: ['fish', '--no-config', '-i'],
    setup: `function fish_prompt; printf 'READY%s ' '>'; end; dm completion fish | source`,
  },
}

/** A data repository with these datasets of two versions each, and a branch that proposes a third. */
export async function createCompletingScene(folder: string): Promise<string> {
  const repository = path.join(folder, 'repository')
  const { git, commit } = await createRepository(repository)
  const hash = 'ab'.repeat(32)
  const entry = (number: number): object => ({
    version: `v${number}`,
    timestamp: '2026-01-01T00:00:00.000Z',
    sha256: hash,
    r2_object_key: `x/v${number}-${hash}.sqlite`,
    commit: 'abc1234',
  })
  const manifest = (versions: readonly number[]): string =>
    JSON.stringify(
      ['model.sqlite', '-rf.sqlite', ...hostileNames].map((fileName) => ({
        fileName,
        history: (fileName === 'model.sqlite' ? versions : [2, 1]).map(entry),
      })),
    )
  await commit('Begin', { 'manifest.json': manifest([2, 1]) })
  const pending = {
    ...entry(3),
    commit: 'pending-merge',
    staging_key: `staging-uploads/${hash}.sqlite`,
  }
  const proposed = manifest([2, 1]).replace('"history":[', `"history":[${JSON.stringify(pending)},`)
  await git('checkout', '--quiet', '-b', 'data/model-v3')
  await commit('Propose', { 'manifest.json': proposed })
  await git('checkout', '--quiet', 'main')
  await writeFile(path.join(repository, 'some file.sqlite'), '')
  // Whoever only types its name has not yet asked to run it.
  await writeFile(path.join(repository, 'dm'), '#!/bin/sh\ntouch PWNED\n', { mode: 0o755 })
  return repository
}

/** Begins to type the program that lies there, and gives up after a Tab: Ctrl+U, then Enter. */
export const givenUp = './dm pull mod\t\u0015'

/**
 * Types lines into a shell on a real terminal, each with Enter behind it, and returns what a program `dm`
 * in its place was given for each. What is asked for to complete them is answered by dm itself.
 */
export async function typeInto(
  shell: Shell,
  repository: string,
  lines: readonly string[],
): Promise<string[][]> {
  const bin = path.join(path.dirname(repository), `bin-${shell}`)
  const record = path.join(bin, 'record')
  await mkdir(bin, { recursive: true })
  await writeFile(record, '')
  const script = `#!/bin/sh
case "$1" in
  __complete | completion) exec '${process.execPath}' '${program}' "$@" ;;
  *) printf '%s\\0' "$@" >> '${record}'; echo >> '${record}' ;;
esac
`
  await writeFile(path.join(bin, 'dm'), script, { mode: 0o755 })
  const { command, setup } = starts[shell]
  const { PATH = '', ...rest } = gitTestEnvironment
  const env = { ...rest, HOME: bin, LC_ALL: 'C.UTF-8', TERM: 'xterm', PATH: `${bin}:${PATH}` }
  const prompted = [...lines, 'exit'].map((line) => ['READY> ', `${line}\r`] as const)
  await runOnTerminal(repository, command, [['', `${setup}\r`], ...prompted], { env })
  const calls = (await readFile(record, 'utf8')).split('\n').slice(0, -1)
  return calls.map((call) => call.split('\0').slice(0, -1))
}
