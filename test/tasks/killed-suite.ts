import { mkdir } from 'node:fs/promises'
import path from 'node:path'
import type { Test } from 'uvu'
import * as assert from 'uvu/assert'
import type { S3Access } from '../helpers/buckets.ts'
import { inFolder } from '../helpers/in-folder.ts'
import { type Job, killAtEveryRequest, type Outcome } from './kill-at-every-request.ts'
import { cleanupJob, verifyJob } from './killed-care-jobs.ts'
import {
  preparedForms,
  prepareJob,
  proposingCommands,
  proposingJob,
  publishJob,
} from './killed-jobs.ts'
import { pulledHash, pullJob, type PullForm } from './killed-pull-jobs.ts'

/** How often each command is killed, and for how long at most, in milliseconds. */
export interface Extent {
  readonly prepare: number
  readonly publish: number
  /** How many of the commands that only propose something, chosen by the seed, and how often each. */
  readonly proposing: { readonly commands: number; readonly points: number }
  /** The same, of those that propose nothing. */
  readonly others: { readonly commands: number; readonly points: number }
  readonly budgetMs: number
}

/**
 * Registers what holds of killed runs, whatever the S3 server. The seed that chooses where they are
 * killed is printed; `KILL_SEED` in the environment repeats it.
 */
export function registerKilled(
  test: Test,
  extent: Extent,
  withServer: (body: (access: S3Access) => Promise<void>) => Promise<void>,
): void {
  const seed = Number(process.env['KILL_SEED'] ?? Date.now() % 1_000_000)
  const { budgetMs } = extent
  const kill = async (
    job: Job,
    count: number,
  ): Promise<{ readonly requests: number; readonly outcome: Outcome }> => {
    const { requests, kills, outcome } = await killAtEveryRequest(job, { count, budgetMs, seed })
    const command = job.command.join(' ')
    process.stdout.write(`${command}: killed at ${kills} of ${requests}, seed ${seed}\n`)
    assert.ok(kills > 0, 'no time for a kill')
    // Whoever wants all is not content with a sample.
    if (count === Infinity) assert.is(kills, requests, `${command}: no time for every request`)
    return { requests, outcome }
  }

  test('prepare ends the same wherever it was killed', () =>
    withServer((access) =>
      inFolder(async (folder) => {
        const one = preparedForms[seed % preparedForms.length] ?? 'whole'
        for (const form of extent.prepare === Infinity ? preparedForms : [one]) {
          const own = path.join(folder, form)
          await mkdir(own)
          const killed = await kill(await prepareJob(own, access, form), extent.prepare)
          assert.ok(killed.requests > 5, `only ${killed.requests} requests`)
          // An update has a diff, which waits in staging as the bucket is private.
          const before = form === 'delta' ? ['staging staging-uploads', 'production model/v1'] : []
          assert.equal(keysOf(killed.outcome), ['staging staging-uploads', ...before])
          const [staged = ''] = killed.outcome.objects
          const endings = {
            whole: /\.sqlite\b(?!\.)/,
            compressed: /\.sqlite\.zst/,
            delta: /\.delta/,
          }
          assert.match(staged, endings[form])
        }
      }),
    ))

  test('publish ends the same wherever it was killed', () =>
    withServer((access) =>
      inFolder(async (folder) => {
        const killed = await kill(await publishJob(folder, access), extent.publish)
        assert.ok(killed.requests > 20, `only ${killed.requests} requests`)
        // What was given up long ago is gone, what is given up now and what is staged still there.
        // Without a URL the bucket is private: each update has its diff beside it, and in staging.
        assert.equal(keysOf(killed.outcome), [
          ...Array<string>(13).fill('staging staging-uploads'),
          'production brand-new/v1',
          ...Array<string>(2).fill('production compressed/v1'),
          'production model/v1',
          ...Array<string>(2).fill('production model/v2'),
          ...Array<string>(4).fill('production model/v3'),
          'production other/v1',
          ...Array<string>(2).fill('production other/v2'),
        ])
      }),
    ))

  test('what only proposes ends the same wherever it was killed', () =>
    withServer((access) =>
      inFolder(async (folder) => {
        const { commands, points: count } = extent.proposing
        for (let index = 0; index < Math.min(commands, proposingCommands.length); index++) {
          const command = proposingCommands[(seed + index) % proposingCommands.length] ?? []
          const own = path.join(folder, String(index))
          await mkdir(own)
          const job = await proposingJob(own, access, command)
          const killed = await kill(job, count)
          assert.ok(killed.requests > 3, `only ${killed.requests} requests`)
          // Nothing is sent, and nothing goes.
          assert.equal(keysOf(killed.outcome), [
            'staging staging-uploads',
            'production late/v1',
            'production model/v1',
            'production model/v2',
            'production waiting/v1',
          ])
          assert.is(killed.outcome.manifests[0]?.startsWith('refs/heads/data/'), true)
        }
      }),
    ))

  test('what proposes nothing ends the same wherever it was killed', () =>
    withServer((access) =>
      inFolder(async (folder) => {
        const { commands, points: count } = extent.others
        for (let index = 0; index < Math.min(commands, others.length); index++) {
          const other = others[(seed + index) % others.length]
          if (other === undefined) throw new Error('no such command')
          const own = path.join(folder, String(index))
          await mkdir(own)
          const job = await other.job(own, access)
          const killed = await kill(job, count)
          assert.ok(killed.requests > 2, `only ${killed.requests} requests`)
          const { uploads, pulled } = killed.outcome
          const [bucketed, begun] = [keysOf(killed.outcome), uploads.toSorted()]
          const { objects, pulls = [] } = other.ends
          // Of four that were begun, one is somebody else's, and one is none of ours.
          const kept = (job.uploads ?? []).slice(1, 3).map(({ bucket, key }) => `${bucket} ${key}`)
          assert.equal([bucketed, begun, pulled], [objects, kept.toSorted(), pulls])
        }
      }),
    ))
}

const model = ['production model/v1', 'production model/v2'] as const

/** The commands that propose nothing, and what they end with. */
const others: readonly {
  readonly job: (folder: string, access: S3Access) => Promise<Job>
  readonly ends: { readonly objects: readonly string[]; readonly pulls?: readonly string[] }
}[] = [
  {
    job: cleanupJob,
    ends: {
      // Beside each object lies one, and the staged bytes that wait have a diff.
      objects: [
        ...Array<string>(3).fill('staging staging-uploads'),
        ...['production gone/v2', ...model].flatMap((key) => [key, key]),
      ],
    },
  },
  { job: verifyJob, ends: { objects: [...model] } },
  ...(['whole', 'compressed', 'delta', 'staged'] as const).map(pulling),
]

/** `dm pull`, of which only one file comes, whichever way. */
function pulling(form: PullForm): (typeof others)[number] {
  const staged = form === 'staged' ? ['staging staging-uploads'] : []
  const beside = { whole: 0, compressed: 1, delta: 2, staged: 0 }[form]
  const objects = [...staged, ...model, ...Array<string>(beside).fill('production model/v2')]
  const pulls = [`model.sqlite ${pulledHash(form)}`]
  return { job: (folder, access) => pullJob(folder, access, form), ends: { objects, pulls } }
}

/** Bucket and key, up to where a hash begins. */
function keysOf({ objects }: Outcome): string[] {
  return objects.map((line) => line.replace(/(?:\/[0-9a-f]{8})?[/-][0-9a-f]{64}[.-].*$/, ''))
}
