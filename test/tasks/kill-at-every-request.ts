import type { ChildProcess } from 'node:child_process'
import { createHash } from 'node:crypto'
import { cp, mkdir, readdir } from 'node:fs/promises'
import path from 'node:path'
import * as assert from 'uvu/assert'
import { hashFileAt } from '../helpers/at-path.ts'
import {
  type BucketCopy,
  listBuckets,
  listUnfinished,
  openBucket,
  restoreBuckets,
  restoreUnfinished,
  type S3Access,
} from '../helpers/buckets.ts'
import { dm, type DmRun } from '../helpers/dm.ts'
import { runHere } from '../helpers/dm-here.ts'
import { type Fault, startFaultProxy } from '../helpers/fault-proxy.ts'
import { gitHttpServer } from '../helpers/git-http-server.ts'
import { testRepository } from '../helpers/git-repository.ts'
import { s3Config, s3Environment } from '../helpers/s3-config.ts'
import { Witness } from '../helpers/witness.ts'

/** A command, and the state of the world before it. */
export interface Job {
  readonly access: S3Access
  /** Holds `remote.git` and its clone `work`. */
  readonly template: string
  readonly buckets: BucketCopy
  /** What was begun and not finished. */
  readonly uploads?: readonly { readonly bucket: string; readonly key: string }[]
  readonly command: readonly string[]
  /** By how many days the server's clock is ahead, when it is run, and when it is run again. */
  readonly daysAhead?: readonly [first: number, again: number]
  /** Where the worlds of the runs are made. */
  readonly folder: string
}

/** What a run left for everybody to see. */
export interface Outcome {
  readonly manifests: readonly string[]
  readonly commits: readonly string[]
  readonly objects: readonly string[]
  /** What is begun and not finished. */
  readonly uploads: readonly string[]
  /** What was pulled: each file, and the hash of it. */
  readonly pulled: readonly string[]
}

/** Of the requests of a run, those at which it is killed, chosen by a seed. */
export interface KillPoints {
  /** How many of them; one in each of as many equal parts of the run. Infinity: all. */
  readonly count: number
  /** After so long, in milliseconds, no further one is begun. */
  readonly budgetMs: number
  readonly seed: number
}

/**
 * Kills dm by SIGKILL just before its nth request to the store or the git remote arrives there, for
 * every n that is chosen, and runs it again each time. Asserts that nothing is lost in between, and
 * that the end is the same as without a kill.
 *
 * @returns how many requests an undisturbed run makes, how many kills there were, and the outcome
 */
export async function killAtEveryRequest(
  job: Job,
  points: KillPoints,
): Promise<{ requests: number; kills: number; outcome: Outcome }> {
  const undisturbed = await runInNewWorld(job, Infinity)
  assert.is(undisturbed.first.exit, 0, undisturbed.first.stderr)
  const { requests, outcome: expected } = undisturbed
  let kills = 0
  const until = Date.now() + points.budgetMs
  for (const point of choosePoints(requests, points)) {
    if (Date.now() > until) break
    const where = `killed at request ${point} of ${requests} (seed ${points.seed})`
    const { first, second, outcome } = await runInNewWorld(job, point).catch((error: unknown) => {
      throw new Error(`${where}: ${String(error)}`, { cause: error })
    })
    assert.is(first.exit, 'SIGKILL', where)
    assert.is(second?.exit, 0, `${where}: ${second?.stderr}`)
    assert.equal(outcome, expected, where)
    kills++
  }
  return { requests, kills, outcome: expected }
}

/** In the order of a die that the seed has cast. */
function choosePoints(requests: number, { count, seed }: KillPoints): number[] {
  const random = (of: number): number =>
    createHash('sha256').update(`${seed} ${of}`).digest().readUInt32BE() / 2 ** 32
  const parts = Math.min(count, requests)
  return Array.from({ length: parts }, (_, part) => {
    const [from, to] = [part, part + 1].map((edge) => Math.floor((edge * requests) / parts))
    return 1 + (from ?? 0) + Math.floor(random(part) * ((to ?? 0) - (from ?? 0)))
  })
    .map((point) => ({ point, rank: random(point + requests) }))
    .toSorted((a, b) => a.rank - b.rank)
    .map(({ point }) => point)
}

interface World {
  readonly first: DmRun
  /** null: the first was not killed. */
  readonly second: DmRun | null
  /** How many requests the first run made. */
  readonly requests: number
  readonly outcome: Outcome
}

async function runInNewWorld(job: Job, point: number): Promise<World> {
  const { access, template, buckets, uploads = [], command, daysAhead = [0, 0] } = job
  const folder = path.join(job.folder, `world-${point}`)
  await mkdir(folder)
  await cp(template, folder, { recursive: true })
  await restoreBuckets(access, buckets)
  await restoreUnfinished(access, uploads)

  let requests = 0
  let child: ChildProcess | undefined
  let isSecond = false
  /** Whether the request is lost because dm dies at it. */
  const kills = (): boolean => {
    if (isSecond) return false
    requests++
    if (requests < point) return false
    child?.kill('SIGKILL')
    return true
  }
  const cut: Fault = { kind: 'cut-request', afterBytes: 0 }
  const aheadMs = (): number => (daysAhead[isSecond ? 1 : 0] ?? 0) * 24 * 60 * 60 * 1000
  const proxy = await startFaultProxy(access.endpoint, () => (kills() ? cut : null), aheadMs)
  const git = await gitHttpServer(folder, { treat: () => (kills() ? 'cut' : 'answer') })
  try {
    const work = testRepository(path.join(folder, 'work'))
    await work.git('remote', 'set-url', 'origin', git.url('remote.git'))
    await work.write({ 'datamanager.config.json': s3Config(proxy.endpoint, access.region) })
    const env = s3Environment(access.credentials)
    const { git: bare } = testRepository(path.join(folder, 'remote.git'))
    const witness = await Witness.of({
      git: bare,
      open: (bucket) => openBucket(access, bucket),
      now: () => Date.now() + aheadMs(),
      clones: [work],
      pulled: path.join(folder, 'pulled'),
    })
    const asked = { orphans: command.includes('--orphans'), proposed: command.includes('--ref') }
    // Only what is killed has to be a process.
    const first = Number.isFinite(point)
      ? await dm(work.folder, command, { env, onStart: (started) => (child = started) })
      : await runHere(work.folder, command, env)
    await witness.verify(first.stdout + first.stderr, asked)
    isSecond = true
    const second = first.exit === 'SIGKILL' ? await runHere(work.folder, command, env) : null
    await witness.verify(second?.stdout, asked)
    return { first, second, requests, outcome: await outcomeOf(folder, access) }
  } finally {
    await git.close()
    await proxy.stop()
  }
}

async function outcomeOf(folder: string, access: S3Access): Promise<Outcome> {
  const { git } = testRepository(path.join(folder, 'remote.git'))
  const branches = (await git('for-each-ref', '--format=%(refname)')).split('\n')
  return {
    manifests: await Promise.all(branches.map((branch) => readManifest(git, branch))),
    commits: await Promise.all(branches.map((branch) => git('log', '--format=%s', branch))),
    objects: await listBuckets(access),
    uploads: (await listUnfinished(access)).map(({ bucket, key }) => `${bucket} ${key}`),
    pulled: await listFiles(path.join(folder, 'pulled')),
  }
}

/** Also what is hidden. */
async function listFiles(folder: string): Promise<string[]> {
  const names = await readdir(folder).catch(() => [])
  const hash = async (name: string): Promise<string> =>
    `${name} ${(await hashFileAt(path.join(folder, name))).sha256}`
  return (await Promise.all(names.map(hash))).toSorted()
}

/** When an entry was prepared is the only thing that may differ. */
async function readManifest(
  git: (...args: string[]) => Promise<string>,
  branch: string,
): Promise<string> {
  const text = await git('show', `${branch}:manifest.json`)
  return `${branch} ${text.replaceAll(/"timestamp": "[^"]*"/g, '"timestamp": ""')}`
}
