// The main job from beginning to end, in a temporary data repository with a remote of its own:
// prepare, merge, publish, list, pull. Needs git and sqlite3, no account and no network.
import { execFileSync, spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { shellQuote } from '../lib/format/text.ts'
import { makeSampleDatabase } from './sample-database.ts'

const program = path.join(import.meta.dirname, '../lib/cli/bin.cjs')
const folder = mkdtempSync(path.join(tmpdir(), 'dm-demo-'))
const clone = path.join(folder, 'clone')
// Nothing of the user's git settings, and an identity, so that it runs on a machine without one.
const env = {
  ...process.env,
  GIT_CONFIG_GLOBAL: '/dev/null',
  GIT_CONFIG_NOSYSTEM: '1',
  GIT_AUTHOR_NAME: 'Ada',
  GIT_AUTHOR_EMAIL: 'ada@example.org',
  GIT_COMMITTER_NAME: 'Ada',
  GIT_COMMITTER_EMAIL: 'ada@example.org',
  // Nor anything into the user's cache.
  XDG_CACHE_HOME: path.join(folder, 'cache'),
}

function say(text: string): void {
  process.stdout.write(`${text}\n`)
}

function git(cwd: string, ...args: string[]): string {
  return execFileSync('git', args, { cwd, env, encoding: 'utf8', stdio: 'pipe' }).trim()
}

/** Shows a command, as one could type it, and runs it in the clone; the name it is shown by is `words[0]`. */
function show(words: readonly string[], command: readonly string[] = words): void {
  say(`\n$ ${words.map(shellQuote).join(' ')}`)
  const [file = '', ...args] = command
  const { status } = spawnSync(file, args, {
    cwd: clone,
    env,
    stdio: ['ignore', 'inherit', 'inherit'],
  })
  if (status !== 0) throw new Error(`${words.join(' ')} ended with ${status}`)
}

/** Runs dm as a user would; its progress goes to stderr, its result to stdout. */
function dm(...args: string[]): void {
  show(['dm', ...args], [process.execPath, program, ...args])
}

function sha256(file: string): string {
  return createHash('sha256')
    .update(readFileSync(path.join(clone, file)))
    .digest('hex')
}

try {
  say('A data repository with a remote, in a temporary folder:')
  git(folder, 'init', '--quiet', '--bare', '--initial-branch=main', 'remote.git')
  git(folder, 'clone', '--quiet', 'remote.git', 'clone')
  git(clone, 'switch', '--quiet', '--create', 'main')
  git(clone, 'commit', '--quiet', '--allow-empty', '--message', 'Begin')
  git(clone, 'push', '--quiet', 'origin', 'main')

  for (const version of [1, 2] as const) {
    const file = `sample-${version}.sqlite`
    await makeSampleDatabase(path.join(clone, file), version)
    dm('prepare', 'sample.sqlite', file, '--message', `Sample data ${version}`)
    say('\nOn a forge this is a reviewed pull request:')
    show([
      'git',
      'pull',
      '--quiet',
      '--no-rebase',
      '--no-edit',
      'origin',
      `data/sample-v${version}`,
    ])
    show(['git', 'push', '--quiet', 'origin', 'main'])
    dm('publish')
  }
  dm('list')
  // As on another machine, where nothing of them is at hand.
  env.XDG_CACHE_HOME = path.join(folder, 'other-cache')
  dm('pull', 'sample.sqlite', '--output', 'pulled.sqlite')
  dm('pull', 'sample.sqlite@v1', '--output', 'pulled-v1.sqlite')

  say('')
  for (const [original, pulled] of [
    ['sample-2.sqlite', 'pulled.sqlite'],
    ['sample-1.sqlite', 'pulled-v1.sqlite'],
  ] as const) {
    const same = sha256(original) === sha256(pulled)
    say(
      `${pulled}: ${same ? 'identical to' : 'DIFFERENT FROM'} ${original}, SHA-256 ${sha256(pulled)}`,
    )
    if (!same) process.exitCode = 1
  }
} finally {
  rmSync(folder, { recursive: true, force: true })
}
