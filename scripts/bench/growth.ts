import { execFileSync, spawnSync } from 'node:child_process'
import { randomInt } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import {
  generateRepository,
  identity,
  type RepositorySize,
  smallestDatabase,
} from '../generate-repository.ts'
import { median } from './statistics.ts'

/** What a run of dm takes. */
export interface Cost {
  readonly seconds: number
  /** Of the dm process itself, without git: its largest resident set. */
  readonly megabytes: number
}

type Command = 'list' | 'prepare' | 'publish'

const none: RepositorySize = {
  datasets: 0,
  versions: 0,
  publications: 0,
  branches: 0,
  objects: true,
}
const sizes = {
  empty: none,
  single: { ...none, datasets: 1, versions: 1 },
  history: { ...none, datasets: 10, publications: 5000 },
  large: { ...none, datasets: 1000, versions: 50 },
  branch: { ...none, datasets: 10, versions: 1, branches: 1 },
  branches: { ...none, datasets: 10, versions: 1, branches: 500 },
} satisfies Record<string, RepositorySize>

const RUNS = 5

type Name = keyof typeof sizes

/** At most so many times that of the small repository, so many seconds beyond it, so many megabytes. */
interface Bar {
  readonly command: Command
  readonly large: Name
  readonly small: Name
  readonly factor?: number
  readonly extra?: number
  readonly megabytes?: number
}

const bars: readonly Bar[] = [
  { command: 'prepare', large: 'history', small: 'single', factor: 2, megabytes: 150 },
  { command: 'publish', large: 'history', small: 'single', factor: 2, megabytes: 150 },
  { command: 'list', large: 'large', small: 'empty', factor: 4, megabytes: 350 },
  { command: 'prepare', large: 'large', small: 'single', extra: 1.5, megabytes: 350 },
  { command: 'publish', large: 'large', small: 'single', extra: 2.5, megabytes: 350 },
  { command: 'publish', large: 'branches', small: 'branch', factor: 2 },
]

/**
 * Measures how the time and memory of dm grow with a repository, and prints each beside its bar.
 *
 * @param scale of the repositories: 1, or less to try it out
 */
export async function measureGrowth(program: string, folder: string, scale: number): Promise<void> {
  mkdirSync(folder, { recursive: true })
  const costs = new Map<string, Cost[]>()
  const names = Object.keys(sizes) as Name[]
  for (const name of names) {
    // Made once and kept: every run only adds to it.
    if (!existsSync(path.join(folder, name)))
      await generateRepository(path.join(folder, name), scaled(sizes[name], scale))
  }
  // In turn, so that whatever else the machine does meets all of them. The first turn warms caches.
  for (let turn = 0; turn <= RUNS; turn++) {
    for (const name of names) {
      for (const [command, cost] of measureOnce(
        program,
        path.join(folder, name),
        name === 'empty',
      )) {
        const key = `${command} ${name}`
        if (turn > 0) costs.set(key, [...(costs.get(key) ?? []), cost])
      }
    }
  }
  for (const bar of bars) print(bar, costs)
  measureShallow(program, path.join(folder, 'history'))
}

function scaled(size: RepositorySize, scale: number): RepositorySize {
  const { versions, publications, branches } = size
  const times = (count: number): number => Math.ceil(count * scale)
  return {
    ...size,
    versions: times(versions),
    publications: times(publications),
    branches: times(branches),
  }
}

/** One round of the main job, but for `pull`. */
function measureOnce(program: string, folder: string, isEmpty: boolean): [Command, Cost][] {
  const clone = path.join(folder, 'work')
  const list = run(program, clone, ['list'])
  if (isEmpty) return [['list', list]]
  const prepare = propose(program, folder)
  const publish = run(program, clone, ['publish'])
  return [
    ['list', list],
    ['prepare', prepare],
    ['publish', publish],
  ]
}

/** Prepares a new version of the first dataset and merges it by fast-forward. */
function propose(program: string, folder: string): Cost & { readonly output: string } {
  const database = path.join(folder, 'new.sqlite')
  const bytes = smallestDatabase(folder)
  bytes.writeUInt32BE(randomInt(2 ** 31, 2 ** 32), 60)
  writeFileSync(database, bytes)
  const clone = path.join(folder, 'work')
  const prepare = run(program, clone, ['prepare', 'model-1.sqlite', database, '--yes', '--json'])
  const { branch } = JSON.parse(prepare.output) as { branch: string }
  const remote = path.join(folder, 'remote.git')
  execFileSync('git', ['-C', remote, 'update-ref', 'refs/heads/main', `refs/heads/${branch}`])
  execFileSync('git', ['-C', remote, 'update-ref', '-d', `refs/heads/${branch}`])
  return prepare
}

/** Whether a clone of depth 1 publishes without the rest of the history. */
function measureShallow(program: string, folder: string): void {
  propose(program, folder)
  const clone = path.join(folder, 'shallow')
  rmSync(clone, { recursive: true, force: true })
  const remote = `file://${path.join(folder, 'remote.git')}`
  execFileSync('git', ['clone', '--quiet', '--depth', '1', ...identity, remote, clone])
  const { seconds } = run(program, clone, ['publish'])
  const git = (...args: string[]): string =>
    execFileSync('git', ['-C', clone, ...args], { encoding: 'utf8' }).trim()
  const commits = git('rev-list', '--count', '--all')
  process.stdout.write(
    `publish in a clone of depth 1: ${seconds.toFixed(2)} s, ${commits} commits fetched\n`,
  )
}

/** Has the process say, when it ends, how much memory it had at most. */
const hook = `import{writeFileSync}from"node:fs";process.on("exit",()=>writeFileSync(process.env.DM_PEAK,String(process.resourceUsage().maxRSS)))`

/** Runs dm, which must succeed. */
export function run(
  program: string,
  cwd: string,
  args: readonly string[],
): Cost & { readonly output: string } {
  const peak = path.join(cwd, '..', 'peak')
  const began = performance.now()
  const { status, stdout, stderr } = spawnSync(process.execPath, [program, ...args], {
    cwd,
    encoding: 'utf8',
    maxBuffer: 2 ** 30,
    env: {
      ...process.env,
      // Nothing of it belongs into the user's.
      XDG_CACHE_HOME: path.join(cwd, '../cache'),
      DM_PEAK: peak,
      NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(hook)}`,
    },
  })
  const seconds = (performance.now() - began) / 1000
  if (status !== 0)
    throw new Error(`dm ${args.join(' ')} ended with ${status} in ${cwd}: ${stderr}`)
  return { seconds, megabytes: Number(readFileSync(peak, 'utf8')) / 1024, output: stdout }
}

function print(bar: Bar, costs: ReadonlyMap<string, readonly Cost[]>): void {
  const medianOf = (name: Name, field: keyof Cost): number =>
    median((costs.get(`${bar.command} ${name}`) ?? []).map((cost) => cost[field]))
  const [large, small] = [medianOf(bar.large, 'seconds'), medianOf(bar.small, 'seconds')]
  const megabytes = medianOf(bar.large, 'megabytes')
  const { factor = Infinity, extra = Infinity } = bar
  const kept =
    large <= factor * small && large <= small + extra && megabytes <= (bar.megabytes ?? Infinity)
  const limits = [
    bar.factor === undefined ? '' : ` (at most ${bar.factor})`,
    bar.extra === undefined ? '' : ` (at most ${bar.extra} s more)`,
    bar.megabytes === undefined ? '' : ` (at most ${bar.megabytes})`,
  ]
  process.stdout.write(
    `${kept ? '✔' : '✘'} ${bar.command}, ${bar.large} against ${bar.small}: ` +
      `${large.toFixed(2)} s against ${small.toFixed(2)} s, ratio ${(large / small).toFixed(2)}${limits[0]}, ` +
      `${(large - small).toFixed(2)} s more${limits[1]}, ${megabytes.toFixed(0)} MB${limits[2]}\n`,
  )
}
