import { mkdir } from 'node:fs/promises'
import path from 'node:path'
import * as assert from 'uvu/assert'
import { hashFileAt } from '../helpers/at-path.ts'
import { companionOf } from '../../lib/manifest/keys.ts'
import { openBucket, restoreBuckets, type S3Access } from '../helpers/buckets.ts'
import { createDataRepository } from '../helpers/data-repository.ts'
import { createTemoaDatabase } from '../helpers/databases.ts'
import { failed, succeeded } from '../helpers/dm.ts'
import { runHere } from '../helpers/dm-here.ts'
import { startFaultProxy } from '../helpers/fault-proxy.ts'
import { cloneRepository, type TestRepository } from '../helpers/git-repository.ts'
import type { Asked } from '../helpers/invariants.ts'
import { s3Config, s3Environment } from '../helpers/s3-config.ts'
import { Witness } from '../helpers/witness.ts'

export type Document = Readonly<Record<string, unknown>>

/** Runs dm; it must succeed. */
export type Run = (...args: string[]) => Promise<Document>

/**
 * Two people, each with a clone, a forge that merges, and a server whose clock can be moved. After
 * every command, a witness verifies the invariants.
 */
export interface Life {
  readonly ada: Run
  readonly bob: Run
  /** Ada is refused, with this exit code and error code. */
  readonly refused: (exit: number, code: string, ...args: string[]) => Promise<void>
  /** Makes a database that no other is like; what it is called is how it is told from others. */
  readonly database: () => Promise<string>
  /** Merges the branch that a command has pushed. */
  readonly merge: (proposed: Document) => Promise<void>
  /** Pulls versions, `<name>@<version>`, and compares each with the file that it was. */
  readonly pull: (files: Readonly<Record<string, string>>) => Promise<void>
  /** `<dataset> <version>[ pending][ marked]` of all that the base has, in its order. */
  readonly base: () => Promise<string[]>
  /** The keys in a bucket but for companions, each up to where a hash begins. */
  readonly keys: (bucket: string) => Promise<string[]>
  /** The companions in the buckets of datasets. */
  readonly companions: () => Promise<string[]>
  /** Puts an object of this repository into production that nothing names. */
  readonly leave: (folder: string, file: string) => Promise<void>
  /** Moves the server's clock ahead, in days. */
  readonly wait: (days: number) => void
}

/** Runs a body in a new one, in a folder; whatever is in the buckets goes. */
export async function inLife(
  access: S3Access,
  folder: string,
  body: (life: Life) => Promise<void>,
): Promise<void> {
  await restoreBuckets(access, [])
  let aheadMs = 0
  const proxy = await startFaultProxy(
    access.endpoint,
    () => null,
    () => aheadMs,
  )
  try {
    const config = s3Config(proxy.endpoint, access.region, 'https://data.example.org/')
    const begin = {
      'manifest.json': '[]\n',
      'datamanager.config.json': config,
      'notes.md': 'Notes\n',
    }
    const { remote, work, merge, manifest } = await createDataRepository(folder, begin)
    const bobs = await cloneRepository(remote.folder, path.join(folder, 'bob'))
    await bobs.git('config', 'user.name', 'Bob Test')
    await bobs.git('config', 'user.email', 'bob@example.org')
    // In the middle of other work.
    await work.write({ 'staged.txt': 'Staged', 'notes.md': 'Changed' })
    await work.git('add', 'staged.txt')
    const pulled = path.join(folder, 'pulled')
    await mkdir(pulled)
    const witness = await Witness.of({
      git: remote.git,
      open: (bucket) => openBucket(access, bucket),
      now: () => Date.now() + aheadMs,
      clones: [work, bobs],
      pulled,
      secrets: [access.credentials.secretAccessKey],
    })
    const env = s3Environment(access.credentials)
    const run = async (
      { folder: cwd }: TestRepository,
      args: readonly string[],
    ): ReturnType<typeof runHere> => {
      const done = await runHere(cwd, [...args, '--json'], env)
      const asked: Asked = { orphans: args.includes('--orphans'), atOnce: args.includes('0') }
      const where = (error: unknown): never => {
        throw new Error(`after dm ${args.join(' ')}: ${String(error)}`, { cause: error })
      }
      await witness.verify(`${done.stdout}\n${done.stderr}`, asked).catch(where)
      return done
    }
    let made = 0
    await body({
      ada: async (...args) => succeeded(await run(work, args)),
      bob: async (...args) => succeeded(await run(bobs, args)),
      refused: async (exit, code, ...args) => {
        failed(await run(work, args), { exit, code })
      },
      database: () => createTemoaDatabase(folder, `${++made}.sqlite`, made),
      // What it makes of the base is verified with the next command: every commit for itself.
      merge: async ({ branch }) => void (await merge(String(branch))),
      pull: async (files) => {
        for (const [item, file] of Object.entries(files)) {
          const place = path.join(pulled, item)
          const pull = ['pull', item, '-o', `${place}/`, '--json']
          const { sha256, path: got } = succeeded(await runHere(work.folder, pull, env))
          assert.is(got, path.join(place, item.split('@')[0] ?? ''))
          assert.is(sha256, (await hashFileAt(file)).sha256, item)
        }
        await witness.verify()
      },
      base: async () =>
        (await manifest()).flatMap(({ fileName, status: whole, history }) =>
          history.map(({ version, commit, status = whole }) => {
            const words = [fileName.replace('.sqlite', ''), version]
            if (commit === 'pending-merge') words.push('pending')
            if (status !== undefined) words.push('marked')
            return words.join(' ')
          }),
        ),
      keys: async (bucket) => {
        const all = await Array.fromAsync(openBucket(access, bucket).list(''))
        return all
          .filter(({ key }) => companionOf(key) === undefined)
          .map(({ key }) => key.replace(/(?:\/[0-9a-f]{8})?[/-][0-9a-f]{64}.*$/, ''))
      },
      companions: async () => {
        const all = await Promise.all(
          ['production', 'internal'].map((bucket) =>
            Array.fromAsync(openBucket(access, bucket).list('')),
          ),
        )
        return all.flat().flatMap(({ key }) => (companionOf(key) === undefined ? [] : [key]))
      },
      leave: async (where, file) => {
        const { sha256 } = await hashFileAt(file)
        const key = `${where}-${sha256}.sqlite`
        await openBucket(access, 'production').put(key, file, { stamp: { sha256 } })
      },
      wait: (days) => void (aheadMs += days * 24 * 60 * 60 * 1000),
    })
    await witness.verifyAll()
  } finally {
    await proxy.stop()
  }
}
