import * as assert from 'uvu/assert'
import { isDmError } from '../../lib/errors/dm-error.ts'
import { STAGING_FOLDER } from '../../lib/manifest/keys.ts'
import { bucketOf } from '../../lib/manifest/lookup.ts'
import { parseManifest } from '../../lib/manifest/parse-manifest.ts'
import { objectId, parseRetired, type RetiredObject } from '../../lib/manifest/retired.ts'
import { isPending } from '../../lib/manifest/status.ts'
import type { Manifest } from '../../lib/manifest/types.ts'
import { hashObject } from '../../lib/store/read-object.ts'
import type { Store } from '../../lib/store/store.ts'
import type { TestRepository } from './git-repository.ts'

const day = 24 * 60 * 60 * 1000

/** Where the truth lies: the base, and the buckets. */
export interface World {
  /** The remote, or the repository itself where there is none. */
  readonly git: TestRepository['git']
  readonly open: (bucket: string) => Store
  /** The manifest's path; default `manifest.json`. */
  readonly path?: string
  /** In milliseconds; default 7 days. */
  readonly retentionMs?: number
}

/** What lay in the buckets: `bucket NUL key` → when it was written. */
export type Stock = ReadonlyMap<string, Date>

const buckets = ['staging', 'production', 'internal']

/** What lies in the buckets now. */
export async function takeStock({ open }: World): Promise<Stock> {
  const stock = new Map<string, Date>()
  for (const bucket of buckets) {
    for await (const { key, modified } of open(bucket).list('')) {
      stock.set(objectId({ bucket, key }), modified)
    }
  }
  return stock
}

/**
 * Asserts what must hold of the base and its buckets whenever a command has ended, however it did:
 * every published version has its object, of the right bytes, under a key that names them; nothing
 * is given up and named; and of what lay in the buckets before, only that is gone which the list had
 * for long enough, or which was staged long ago, and which nothing on the base names.
 */
export async function verifyInvariants(world: World, before: Stock): Promise<void> {
  const { git, open, path = 'manifest.json', retentionMs = 7 * day } = world
  // A git that a killed run has left behind may still push.
  const tip = await git('rev-parse', 'main')
  const manifest = await readManifest(git, `${tip}:${path}`)
  const named = new Set<string>()
  for (const dataset of manifest.datasets) {
    const bucket = bucketOf(dataset)
    for (const entry of dataset.history) {
      const { version, sha256, r2_object_key: key, staging_key: staged } = entry
      named.add(objectId({ bucket, key }))
      if (staged !== undefined) named.add(objectId({ bucket: 'staging', key: staged }))
      if (isPending(entry)) continue
      const what = `${dataset.fileName} ${version}, ${key} in '${bucket}'`
      assert.ok(key.includes(sha256), `${what}: the key does not name the bytes`)
      const found = await hashObject(open(bucket), key).catch((error: unknown) => {
        if (isDmError(error, 'DM_STORE_NOT_FOUND')) return null
        throw error
      })
      assert.is(found?.sha256, sha256, `${what}: not the bytes that were published`)
    }
  }
  const list = path.replace(/(\.\w+)$/, '.retired$1')
  for (const object of await readRetired(git, `${tip}:${list}`)) {
    assert.not(named.has(objectId(object)), `${object.key} is given up, and named`)
  }
  const now = await takeStock(world)
  const gone = [...before].filter(([id]) => !now.has(id))
  if (gone.length === 0) return
  const given = await everGivenUp(git, list)
  for (const [id, modified] of gone) {
    const key = id.slice(id.indexOf('\0') + 1)
    assert.not(named.has(id), `${key} is gone, and named`)
    const isStaged = id.startsWith(`staging\0${STAGING_FOLDER}`)
    const since = isStaged ? modified.getTime() : given.get(id)
    const retention = isStaged ? Math.max(retentionMs, day) : retentionMs
    const isDue = since !== undefined && since <= Date.now() - retention
    assert.ok(isDue, `${key} is gone, ${since === undefined ? 'and never given up' : 'too early'}`)
  }
}

async function readManifest(git: World['git'], object: string): Promise<Manifest> {
  return parseManifest(await git('show', object), { source: object })
}

async function readRetired(git: World['git'], object: string): Promise<readonly RetiredObject[]> {
  const text = await git('show', object).catch(() => null)
  return text === null ? [] : parseRetired(Buffer.from(text), object).objects
}

/** Since when each object was given up that a list on the base ever had. */
async function everGivenUp(git: World['git'], list: string): Promise<ReadonlyMap<string, number>> {
  const commits = await git('log', '--first-parent', '--format=%H', 'main', '--', list)
  const given = new Map<string, number>()
  for (const commit of commits.split('\n').filter((line) => line !== '')) {
    for (const object of await readRetired(git, `${commit}:${list}`)) {
      given.set(objectId(object), Date.parse(object.since))
    }
  }
  return given
}
