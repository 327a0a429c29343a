import { createHash } from 'node:crypto'
import { chmod, mkdir, stat, utimes, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { parseConfig } from '../../../lib/config/parse-config.ts'
import type { ResolvedConfig } from '../../../lib/config/types.ts'
import type { DmError } from '../../../lib/errors/dm-error.ts'
import type { Repository } from '../../../lib/git/repository.ts'
import { stagingKey } from '../../../lib/manifest/keys.ts'
import { createFolderStore } from '../../../lib/store/folder/folder-store.ts'
import type { Store } from '../../../lib/store/store.ts'
import { ageObject } from '../../helpers/age-object.ts'
import { commitFiles } from '../../helpers/commit-files.ts'
import type { TestDataset, TestEntry } from '../../helpers/data-repository.ts'
import { createRepository, type TestRepository } from '../../helpers/git-repository.ts'
import { inFolder } from '../../helpers/in-folder.ts'
import { open } from '../git/sandbox.ts'

export const day = 24 * 60 * 60 * 1000

/** The data repository of all scenes. */
export const owner = 'owner/data'

/** A data repository and its buckets: real git without a work tree, and folder stores. */
export interface Scene {
  readonly folder: string
  /** The clone that is published from; the base's own home where there is no remote. */
  readonly repository: Repository
  /** Where branches live: the remote, if there is one. */
  readonly home: TestRepository
  readonly config: ResolvedConfig
  readonly store: (bucket: string) => Store
  /** Puts an object that has some text as its content. */
  readonly put: (bucket: string, key: string, text: string, how?: PutHow) => Promise<void>
  /** The keys in a bucket. */
  readonly keys: (bucket: string) => Promise<string[]>
  /** Commits manifests to a reference of the home, each on top of the one before. */
  readonly commit: (ref: string, ...states: readonly State[]) => Promise<string>
  /** What was told. */
  readonly notices: DmError[]
  readonly notice: (notice: DmError) => void
}

export interface PutHow {
  /** Null: without a stamp. */
  readonly by?: string | null
  /** The bucket that staged bytes are for. */
  readonly meant?: string
  /** The hash of the database that it is another form of. */
  readonly content?: string
  readonly ageMs?: number
}

export interface State {
  /** A text: whatever it may be. Undefined: as before. */
  readonly datasets?: readonly TestDataset[] | string | null
  readonly retired?: unknown
  readonly files?: Readonly<Record<string, string | null>>
  readonly from?: string | null
  readonly message?: string
  readonly time?: Date
}

export interface SceneOptions {
  readonly config?: object
  readonly remote?: boolean
}

/** Runs a test body on a scene of its own; `main` holds an empty manifest. */
export function onScene(
  body: (scene: Scene) => Promise<void>,
  { config: settings = {}, remote = false }: SceneOptions = {},
): () => Promise<void> {
  return () =>
    inFolder(async (folder) => {
      const root = path.join(folder, 'store')
      const home = await createRepository(path.join(folder, 'home.git'), { bare: true })
      const commit: Scene['commit'] = async (ref, ...states) => {
        await commitFiles(
          home.folder,
          states.map((state) => commitOf(ref, state)),
        )
        return home.git('rev-parse', ref)
      }
      await commit('refs/heads/main', { datasets: [], from: null, message: 'Begin' })
      const work = remote
        ? await createRepository(path.join(folder, 'work.git'), { bare: true })
        : home
      if (remote) await work.git('remote', 'add', 'origin', home.folder)
      const config = parseConfig(
        { storage: { type: 'folder', path: root }, repository: owner, ...settings },
        'config',
      )
      const store = (bucket: string, repository = owner): Store =>
        createFolderStore({ bucket, root, repository })
      let count = 0
      const notices: DmError[] = []
      await body({
        folder,
        repository: await open(work.folder),
        home,
        config,
        store,
        notices,
        notice: (one) => void notices.push(one),
        commit,
        keys: async (bucket) =>
          (await Array.fromAsync(store(bucket).list(''))).map(({ key }) => key),
        put: async (bucket, key, text, { by = owner, meant, content, ageMs = 0 } = {}) => {
          const file = path.join(folder, `bytes-${++count}`)
          await writeFile(file, text)
          if (by === null) {
            const place = path.join(root, bucket, key)
            await mkdir(path.dirname(place), { recursive: true })
            await writeFile(place, text)
          } else {
            const stamp = { sha256: sha(text), bucket: meant, content }
            await store(bucket, by).put(key, file, { stamp })
          }
          await ageObject(path.join(root, bucket), key, ageMs)
        },
      })
    })
}

function commitOf(
  ref: string,
  { datasets, retired, files = {}, from, message, time }: State,
): {
  ref: string
  from: string | null | undefined
  files: Record<string, string | null>
  message: string | undefined
  time: Date | undefined
} {
  const text = (value: unknown): string =>
    typeof value === 'string' ? value : `${JSON.stringify(value, null, 2)}\n`
  return {
    ref,
    from,
    message,
    time,
    files: {
      ...(datasets === undefined ? {} : { 'manifest.json': datasets && text(datasets) }),
      ...(retired === undefined ? {} : { 'manifest.retired.json': text(retired) }),
      ...files,
    },
  }
}

/** Changes the content of an object behind the back of the store; its stamp stays. */
export async function spoil(
  { folder }: Scene,
  bucket: string,
  key: string,
  text: string,
): Promise<void> {
  const file = path.join(folder, 'store', bucket, key)
  const { atime, mtime } = await stat(file)
  await chmod(file, 0o644)
  await writeFile(file, text)
  await utimes(file, atime, mtime)
}

export function sha(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}

/** A published entry whose bytes are `<stem> <version>`, unless a text is given. */
export function published(
  stem: string,
  version: string,
  { text = `${stem} ${version}`, ...fields }: Partial<TestEntry> & { text?: string } = {},
): TestEntry {
  return {
    version,
    timestamp: '2026-01-02T03:04:05.678Z',
    sha256: sha(text),
    bytes: Buffer.byteLength(text),
    r2_object_key: `${stem}/${version}-${sha(text)}.sqlite`,
    commit: 'abcdef1',
    description: `The ${version}`,
    ...fields,
  }
}

/** An upload that waits for its publication; `bucket`: what its bytes were staged for. */
export function upload(
  stem: string,
  version: string,
  { bucket = 'production', ...fields }: Parameters<typeof published>[2] & { bucket?: string } = {},
): TestEntry {
  const entry = published(stem, version, { commit: 'pending-merge', ...fields })
  return { staging_key: stagingKey(owner, bucket, entry.sha256), ...entry }
}

/** The dataset `<stem>.sqlite`. */
export function dataset(
  stem: string,
  history: TestEntry[],
  fields: Partial<TestDataset> = {},
): TestDataset {
  return { fileName: `${stem}.sqlite`, history, ...fields }
}
