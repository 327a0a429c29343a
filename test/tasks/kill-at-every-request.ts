import type { ChildProcess } from 'node:child_process'
import { cp, mkdir } from 'node:fs/promises'
import path from 'node:path'
import * as assert from 'uvu/assert'
import { type BucketCopy, listBuckets, restoreBuckets, type S3Access } from '../helpers/buckets.ts'
import { dm, type DmRun } from '../helpers/dm.ts'
import { type Fault, startFaultProxy } from '../helpers/fault-proxy.ts'
import { gitHttpServer } from '../helpers/git-http-server.ts'
import { testRepository } from '../helpers/git-repository.ts'
import { s3Config, s3Environment } from '../helpers/s3-config.ts'

/** A command, and the state of the world before it. */
export interface Job {
  readonly access: S3Access
  /** Holds `remote.git` and its clone `work`. */
  readonly template: string
  readonly buckets: BucketCopy
  readonly command: readonly string[]
  /** Where the worlds of the runs are made. */
  readonly folder: string
}

/** What a run left for everybody to see. */
export interface Outcome {
  readonly manifests: readonly string[]
  readonly commits: readonly string[]
  readonly objects: readonly string[]
}

/**
 * Kills dm by SIGKILL just before its nth request to the store or the git remote arrives there, for
 * every n there is, runs it again each time, and asserts that the end is the same as without a kill.
 *
 * @param step every how manieth request: 1 for all
 * @returns how many requests an undisturbed run makes, and its outcome
 */
export async function killAtEveryRequest(
  job: Job,
  step: number,
): Promise<{ requests: number; outcome: Outcome }> {
  const undisturbed = await runInNewWorld(job, Infinity)
  assert.is(undisturbed.first.exit, 0, undisturbed.first.stderr)
  for (let point = 1; ; point += step) {
    const { first, second, requests, outcome } = await runInNewWorld(job, point)
    if (requests < point) return undisturbed
    const where = `killed at request ${point}`
    assert.is(first.exit, 'SIGKILL', where)
    assert.is(second?.exit, 0, `${where}: ${second?.stderr}`)
    assert.equal(outcome, undisturbed.outcome, where)
  }
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
  const { access, template, buckets, command } = job
  const folder = path.join(job.folder, `world-${point}`)
  await mkdir(folder)
  await cp(template, folder, { recursive: true })
  await restoreBuckets(access, buckets)

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
  const proxy = await startFaultProxy(access.endpoint, () => (kills() ? cut : null))
  const git = await gitHttpServer(folder, { treat: () => (kills() ? 'cut' : 'answer') })
  try {
    const work = testRepository(path.join(folder, 'work'))
    await work.git('remote', 'set-url', 'origin', git.url('remote.git'))
    await work.write({ 'datamanager.config.json': s3Config(proxy.endpoint, access.region) })
    const env = s3Environment(access.credentials)
    const first = await dm(work.folder, command, { env, onStart: (started) => (child = started) })
    isSecond = true
    const second = first.exit === 'SIGKILL' ? await dm(work.folder, command, { env }) : null
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
  }
}

/** When an entry was prepared is the only thing that may differ. */
async function readManifest(
  git: (...args: string[]) => Promise<string>,
  branch: string,
): Promise<string> {
  const text = await git('show', `${branch}:manifest.json`)
  return `${branch} ${text.replaceAll(/"timestamp": "[^"]*"/g, '"timestamp": ""')}`
}
