import * as assert from 'uvu/assert'
import { isDmError } from '../../lib/errors/dm-error.ts'
import {
  companionOf,
  folderOf,
  isVersionKey,
  parseStagingKey,
  STAGING_FOLDER,
  stagedKeys,
  versionHash,
} from '../../lib/manifest/keys.ts'
import { bucketOf, findEntry } from '../../lib/manifest/lookup.ts'
import { parseManifest } from '../../lib/manifest/parse-manifest.ts'
import {
  objectId,
  parseRetired,
  retiredPath,
  type RetiredObject,
} from '../../lib/manifest/retired.ts'
import { isPending } from '../../lib/manifest/status.ts'
import type { Manifest } from '../../lib/manifest/types.ts'
import { eachInParallel } from '../../lib/store/each-in-parallel.ts'
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
  /** The time, in milliseconds since 1970, by the clock that commands see; default: this machine's. */
  readonly now?: () => number
}

/** How to look, and what somebody asked for, so that it may go before its time. */
export interface Asked {
  /** An object that has the same date as before is not read again. */
  readonly trusts?: boolean
  /** What nothing names: `cleanup --orphans`. */
  readonly orphans?: boolean
  /** What was given up: `cleanup --older-than 0`. */
  readonly atOnce?: boolean
  /** What waits for its publication: `pull --ref`. */
  readonly proposed?: boolean
}

/** An object as it lay in a bucket. */
export interface Stored {
  readonly modified: Date
  /** Of its bytes; null: it was there when it was listed, and gone when it was read. */
  readonly sha256: string | null
}

/** What lay in the buckets: `bucket NUL key` → what it was. */
export type Stock = ReadonlyMap<string, Stored>

const buckets = ['staging', 'production', 'internal']

/**
 * What lies in the buckets now, each object read.
 *
 * @param known what was read before is not read again, where it has the same date
 */
export async function takeStock({ open }: World, known: Stock = new Map()): Promise<Stock> {
  const stock = new Map<string, Stored>()
  const look = async (bucket: string): Promise<void> => {
    const store = open(bucket)
    const listed = await Array.fromAsync(store.list(''))
    await eachInParallel(listed, 8, undefined, async ({ key, modified }) => {
      const id = objectId({ bucket, key })
      const old = known.get(id)
      const isKnown = old?.modified.getTime() === modified.getTime()
      const sha256 = isKnown ? old.sha256 : await hashOf(store, key)
      stock.set(id, { modified, sha256 })
    })
  }
  await Promise.all(buckets.map(look))
  return stock
}

async function hashOf(store: Store, key: string): Promise<string | null> {
  const found = await hashObject(store, key).catch((error: unknown) => {
    if (isDmError(error, 'DM_STORE_NOT_FOUND')) return null
    throw error
  })
  return found?.sha256 ?? null
}

/**
 * Asserts what must hold of the base and its buckets whenever a command has ended, however it did:
 * every published version has its object, of the right bytes, under a key that names them; no bytes
 * have changed under their key; nothing is given up and named; and of what lay in the buckets before,
 * only that is gone which the list had for long enough, or which was staged long ago, or that somebody
 * asked for, and which nothing names, on the base or on a branch, nor builds upon. What lies beside an
 * object comes and goes with it.
 *
 * @returns what lies in the buckets now
 */
export async function verifyInvariants(
  world: World,
  before: Stock,
  { orphans = false, atOnce = false, trusts = false }: Asked = {},
): Promise<Stock> {
  const { git, path = 'manifest.json', retentionMs = 7 * day, now: clock = Date.now } = world
  // A git that a killed run has left behind may still push.
  const tip = await git('rev-parse', 'main')
  const list = retiredPath(path)
  const [manifest, retired, now] = await Promise.all([
    readManifest(git, `${tip}:${path}`),
    readRetired(git, `${tip}:${list}`),
    takeStock(world, trusts ? before : undefined),
  ])
  const named = new Set<string>()
  for (const dataset of manifest.datasets) {
    const bucket = bucketOf(dataset)
    for (const entry of dataset.history) {
      const { version, sha256, r2_object_key: key, staging_key: staged } = entry
      named.add(objectId({ bucket, key }))
      for (const id of idsWaiting({ bucket, key, staged })) named.add(id)
      if (isPending(entry)) continue
      const what = `${dataset.fileName} ${version}, ${key} in '${bucket}'`
      assert.ok(key.includes(sha256), `${what}: the key does not name the bytes`)
      const found = now.get(objectId({ bucket, key }))?.sha256 ?? null
      assert.is(found, sha256, `${what}: not the bytes that were published`)
    }
  }
  for (const [id, { sha256 }] of now) {
    const [bucket, key = ''] = id.split('\0')
    if (bucket === 'staging' || !isVersionKey(key)) continue
    const old = before.get(id)
    if (sha256 === null) continue
    if (old !== undefined) assert.is(sha256, old.sha256, `${key}: other bytes than before`)
    else assert.ok(key.includes(sha256), `${key}: not the bytes that the key names`)
  }
  for (const id of now.keys()) {
    const database = databaseOf(id)
    const outlives = database !== id && before.has(database) && !now.has(database)
    assert.not(outlives, `${id.split('\0')[1]} has outlived what it stands beside`)
  }
  for (const object of retired) {
    assert.not(named.has(objectId(object)), `${object.key} is given up, and named`)
  }
  const gone = [...before].filter(([id]) => !now.has(id))
  if (gone.length === 0) return now
  const given = await everGivenUp(git, list)
  const proposed = await readProposed(git, manifest, path)
  for (const [own, { modified }] of gone) {
    const id = databaseOf(own)
    const [bucket = '', key = ''] = own.split('\0')
    assert.not(named.has(id), `${key} is gone, and named`)
    const hash = versionHash(key)
    const base = hash === undefined ? '' : baseId(bucket, key, hash)
    assert.not(named.has(base), `${key} is gone, and what is pending builds upon it`)
    assert.is(proposed.get(base), undefined, `${key} is gone, and what is proposed builds upon it`)
    // No data: `dm verify` removes what it has written.
    if (key.startsWith('dm-verify-')) continue
    const by = proposed.get(id)
    assert.is(by, undefined, `${key} is gone, and the branch '${by}' needs it`)
    const since = given.get(id)
    if (atOnce && since !== undefined) continue
    const isAged = since === undefined && (orphans || id.startsWith(`staging\0${STAGING_FOLDER}`))
    const time = isAged ? modified.getTime() : since
    const retention = isAged ? Math.max(atOnce ? 0 : retentionMs, day) : retentionMs
    const isDue = time !== undefined && time <= clock() - retention
    assert.ok(isDue, `${key} is gone, ${time === undefined ? 'and never given up' : 'too early'}`)
  }
  return now
}

/** What a pending entry needs besides its object: what is staged, and what that builds upon. */
function idsWaiting({
  bucket,
  key,
  staged,
}: {
  readonly bucket: string
  readonly key: string
  readonly staged: string | undefined
}): string[] {
  if (staged === undefined) return []
  const { base } = parseStagingKey(staged) ?? {}
  const ids = stagedKeys(staged).map((one) => objectId({ bucket: 'staging', key: one }))
  return base === undefined ? ids : [...ids, baseId(bucket, key, base)]
}

/** An object by its folder and its hash. */
function baseId(bucket: string, key: string, sha256: string): string {
  return `${bucket}\0${folderOf(key)}\0${sha256}`
}

/** Of a companion what it stands beside; of everything else itself. */
function databaseOf(id: string): string {
  const [bucket = '', key = ''] = id.split('\0')
  const database = companionOf(key)?.key
  return database === undefined ? id : objectId({ bucket, key: database })
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

/** What the branches add to where they began and the base has not published → the branch. */
async function readProposed(
  git: World['git'],
  base: Manifest,
  path: string,
): Promise<ReadonlyMap<string, string>> {
  const branches = (await git('for-each-ref', '--format=%(refname:short)', 'refs/heads')).split(
    '\n',
  )
  const proposed = new Map<string, string>()
  for (const branch of branches.filter((one) => one !== 'main')) {
    const fork = await git('merge-base', 'main', branch).catch(() => null)
    const from = fork === null ? null : await readManifest(git, `${fork}:${path}`)
    // What is no manifest is somebody's work of another kind.
    const to = await readManifest(git, `${branch}:${path}`).catch(() => null)
    for (const { fileName, history, ...dataset } of to?.datasets ?? []) {
      for (const entry of history.filter(isPending)) {
        const old = from === null ? undefined : findEntry(from, fileName, entry.version)
        if (JSON.stringify(old) === JSON.stringify(entry)) continue
        const onBase = findEntry(base, fileName, entry.version)
        if (onBase?.sha256 === entry.sha256 && !isPending(onBase)) continue
        const bucket = bucketOf(dataset)
        proposed.set(objectId({ bucket, key: entry.r2_object_key }), branch)
        const { staging_key: staged, r2_object_key: key } = entry
        for (const id of idsWaiting({ bucket, key, staged })) proposed.set(id, branch)
      }
    }
  }
  return proposed
}
