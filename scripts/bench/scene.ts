import { execFile } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { cp, mkdir, readdir, rm } from 'node:fs/promises'
import path from 'node:path'
import { promisify } from 'node:util'
import { openCacheFolder } from '../../lib/transfer/cache-folder.ts'
import { generateRepository } from '../generate-repository.ts'
import type { Command } from './command.ts'
import type { Lab } from './lab.ts'
import { measure } from './measure.ts'
import type { Way } from './names.ts'
import { listObjects, REGION, removeObjects, REPOSITORY, type Service } from './service.ts'

/** A data repository with its remote, its buckets and its cache. */
export interface Scene {
  readonly dm: (args: readonly string[], way: Way, endpoint?: string) => Command
  /** Runs dm, which must succeed, and returns its document. */
  readonly run: (args: readonly string[], way?: Way) => Promise<Document>
  /** Merges a proposal by fast-forward. */
  readonly merge: (branch: string) => Promise<void>
  /** The key of the newest version, as in the manifest on the base. */
  readonly newestKey: (dataset: string) => Promise<string>
  /** Remembers how things are. What lies in the buckets now stays there until `clear`. */
  readonly remember: () => Promise<Moment>
  /** Has an object stay as those do; its bucket in front. */
  readonly keep: (object: string) => void
  /** Has the repository and the cache as they were, and what came into the buckets since removed. */
  readonly restore: (moment: Moment, options?: { readonly emptyCache: boolean }) => Promise<void>
  /** Back to the beginning: no dataset, no object, nothing in the cache. */
  readonly clear: () => Promise<void>
}

export type Document = Readonly<Record<string, unknown>>

/** How the repository and the cache were at one time. */
export interface Moment {
  readonly folder: string
  readonly cached: ReadonlySet<string>
}

const REPOSITORIES = ['remote.git', 'work']

/** @param folder where it is made */
export async function openScene(lab: Lab, folder: string): Promise<Scene> {
  const { service, programs, signal } = lab
  const site = path.join(folder, 'site')
  const home = path.join(folder, 'home')
  await mkdir(home, { recursive: true })
  const size = { datasets: 0, versions: 0, publications: 0, branches: 0, objects: false }
  const work = await generateRepository(site, size)
  const remote = path.join(site, 'remote.git')
  const env = dmEnvironment(service, home)
  const { path: cache } = await openCacheFolder(env)
  const git = async (...args: string[]): Promise<string> =>
    (await promisify(execFile)('git', ['-C', remote, ...args], { env })).stdout
  const kept = new Set<string>()
  let moments = 0

  const dm: Scene['dm'] = (args, way, endpoint = service.endpoint) => {
    const config = path.join(folder, `${way}-${new URL(endpoint).port}.json`)
    const withForms = way === 'whole' && programs.hasForms ? { compression: false } : {}
    writeFileSync(config, configText(endpoint, withForms))
    const program = way === 'before' ? (programs.before ?? programs.dm) : programs.dm
    const options = ['--config', config, '--yes', '--json']
    return { program: process.execPath, args: [program, ...args, ...options], cwd: work, env }
  }

  async function remember(): Promise<Moment> {
    moments += 1
    const moment = { folder: path.join(folder, `moment-${moments}`), cached: await listCached() }
    for (const name of REPOSITORIES) {
      await cp(path.join(site, name), path.join(moment.folder, name), { recursive: true })
    }
    for (const object of await listObjects(service)) kept.add(object)
    return moment
  }

  async function listCached(): Promise<Set<string>> {
    const names = await readdir(cache)
    return new Set(names.filter((name) => name.endsWith('.sqlite')))
  }

  const restore: Scene['restore'] = async (moment, { emptyCache } = { emptyCache: false }) => {
    for (const name of REPOSITORIES) {
      await rm(path.join(site, name), { recursive: true })
      await cp(path.join(moment.folder, name), path.join(site, name), { recursive: true })
    }
    for (const name of await listCached()) {
      if (emptyCache || !moment.cached.has(name)) await rm(path.join(cache, name))
    }
    await removeObjects(service, kept)
  }

  const beginning = await remember()
  return {
    dm,
    async run(args, way = 'dm') {
      const { stdout } = await measure(dm(args, way), signal)
      return JSON.parse(stdout) as Document
    },
    async merge(branch) {
      await git('update-ref', 'refs/heads/main', `refs/heads/${branch}`)
      await git('update-ref', '-d', `refs/heads/${branch}`)
    },
    async newestKey(dataset) {
      const manifest = JSON.parse(await git('show', 'main:manifest.json')) as readonly {
        readonly fileName: string
        readonly history: readonly { readonly r2_object_key: string }[]
      }[]
      const found = manifest.find(({ fileName }) => fileName === dataset)?.history[0]
      if (found === undefined) throw new Error(`${dataset} has no version`)
      return found.r2_object_key
    },
    remember,
    keep: (object) => void kept.add(object),
    restore,
    async clear() {
      kept.clear()
      await restore(beginning)
    },
  }
}

function configText(endpoint: string, more: object): string {
  const storage = { type: 's3', endpoint, region: REGION }
  const buckets = {
    staging: { name: 'staging' },
    production: { name: 'production', url: 'https://data.example.org/' },
  }
  return JSON.stringify({ storage, buckets, repository: REPOSITORY, ...more })
}

/** Nothing of the user's settings, and an identity. */
function dmEnvironment({ credentials }: Service, home: string): Record<string, string> {
  return {
    PATH: process.env['PATH'] ?? '',
    HOME: home,
    GIT_CONFIG_NOSYSTEM: '1',
    R2_ACCESS_KEY_ID: credentials.accessKeyId,
    R2_SECRET_ACCESS_KEY: credentials.secretAccessKey,
    TMPDIR: path.dirname(home),
  }
}
