import path from 'node:path'
import type { Environment } from '../config/define-config.ts'
import type { ResolvedBucket, ResolvedConfig } from '../config/types.ts'
import { DmError, isDmError } from '../errors/dm-error.ts'
import { credentialNames, findCredentials } from './credentials.ts'
import { createFolderStore } from './folder/folder-store.ts'
import { createHttpReader } from './http/reader.ts'
import { createS3Store } from './s3/s3-store.ts'
import type { ReadableStore, Store } from './store.ts'

/** The stores of a data repository, by the logical names of its buckets. */
export interface Stores {
  /** Where prepared files wait. Throws as `open`. */
  readonly staging: Store
  /** For reading and writing; the same store each time. Throws DM_STORE_NO_CREDENTIALS where the environment holds no keys. */
  readonly open: (bucket: string) => Store
  /** For reading; a public bucket is read by plain HTTPS where there are no keys, or they are refused. */
  readonly openForReading: (bucket: string) => ReadableStore
  /** Whether the objects live in the repository's own git folder, where nobody else finds them. */
  readonly isEmbedded: boolean
}

export interface StoresOptions {
  readonly config: ResolvedConfig
  /** Holds the keys, and names proxies and certificates. */
  readonly env: Environment
  /** The data repository's folder. */
  readonly root: string
  /** The git folder that all work trees share: home of the embedded store. */
  readonly commonDir: string
  /** The data repository's stamp: `owner/name`, with `#folder` below the git root. */
  readonly repository: string
}

/** Opens nothing yet: a store is made when it is asked for. */
export function openStores(options: StoresOptions): Stores {
  const { storage } = options.config
  const openNew = (bucket: string): Store => {
    const settings = bucketSettings(options, bucket)
    if (storage?.type === 's3') return openS3(options, storage, bucket, settings)
    return createFolderStore({
      bucket,
      root: folderOf(options),
      name: settings.name,
      repository: options.repository,
    })
  }
  const opened = new Map<string, Store>()
  const open = (bucket: string): Store => {
    const store = opened.get(bucket) ?? openNew(bucket)
    opened.set(bucket, store)
    return store
  }
  return {
    get staging() {
      return open(options.config.staging)
    },
    open,
    openForReading: (bucket) => {
      const { url } = bucketSettings(options, bucket)
      if (storage?.type !== 's3' || url === null) return open(bucket)
      const reader = createHttpReader({ bucket, url, env: options.env })
      return whileAllowed(() => open(bucket), reader)
    },
    isEmbedded: storage === null,
  }
}

/** Failures of keys and of how they are used: another way to read may need none. */
export const REFUSALS: ReadonlySet<string> = new Set([
  'DM_ENVIRONMENT_INVALID',
  'DM_STORE_CLOCK',
  'DM_STORE_DENIED',
  'DM_STORE_KEY_REFUSED',
  'DM_STORE_NO_CREDENTIALS',
  'DM_STORE_REGION',
])

/** Reads by key until the key is refused, and from then on without one. */
function whileAllowed(openByKey: () => Store, reader: ReadableStore): ReadableStore {
  let byKey: Store | null = null
  const refuse = (error: unknown): void => {
    if (!isDmError(error) || !REFUSALS.has(error.code)) throw error
    byKey = null
  }
  try {
    byKey = openByKey()
  } catch (error) {
    refuse(error)
  }
  const read = async <Result>(work: (store: ReadableStore) => Promise<Result>): Promise<Result> => {
    if (byKey !== null) {
      try {
        return await work(byKey)
      } catch (error) {
        refuse(error)
      }
    }
    return work(reader)
  }
  return {
    bucket: reader.bucket,
    get location() {
      return (byKey ?? reader).location
    },
    head: (key, options) => read((store) => store.head(key, options)),
    open: (key, options) => read((store) => store.open(key, options)),
  }
}

function bucketSettings({ config }: StoresOptions, bucket: string): ResolvedBucket {
  const settings = Object.hasOwn(config.buckets, bucket) ? config.buckets[bucket] : undefined
  if (settings !== undefined) return settings
  throw new DmError('DM_UNKNOWN_BUCKET', { bucket, known: Object.keys(config.buckets) })
}

function openS3(
  { env, repository }: StoresOptions,
  storage: Extract<ResolvedConfig['storage'], { type: 's3' }>,
  bucket: string,
  settings: ResolvedBucket,
): Store {
  const credentials = findCredentials(settings.credentials, env)
  if (credentials === null) {
    const names = credentialNames(settings.credentials)
    throw new DmError('DM_STORE_NO_CREDENTIALS', {
      bucket,
      variables: names.map(({ accessKeyId: id, secretAccessKey: secret }) => ({ id, secret })),
    })
  }
  return createS3Store({
    bucket,
    name: settings.name,
    repository,
    endpoint: storage.endpoint,
    region: storage.region ?? 'auto',
    forcePathStyle: storage.forcePathStyle,
    credentials,
    env,
  })
}

/** The embedded store lies where no clean-up of the work tree can reach it. */
function folderOf({ config, root, commonDir }: StoresOptions): string {
  const { storage } = config
  return storage?.type === 'folder'
    ? path.resolve(root, storage.path)
    : path.join(commonDir, 'datamanager', 'store')
}
