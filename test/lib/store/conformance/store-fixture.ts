import { createHash } from 'node:crypto'
import { writeFile } from 'node:fs/promises'
import path from 'node:path'
import { buffer } from 'node:stream/consumers'
import * as assert from 'uvu/assert'
import { isDmError, type DmError } from '../../../../lib/errors/dm-error.ts'
import type { ErrorCode } from '../../../../lib/errors/definitions.ts'
import type { ReadableStore, Stamp, Store } from '../../../../lib/store/store.ts'
import { temporaryFolder } from '../../../helpers/temporary-folder.ts'

/** Two buckets of one store, made for one test. */
export interface StoreFixture {
  /** Stamps `owner/data`. */
  readonly store: Store
  /** Another bucket of the same store, to copy to; it stamps `owner/copier`. */
  readonly other: Store
  /** A bucket that does not exist; null where buckets come into being when written to. */
  readonly missing: Store | null
  /** What every key of the test begins with: servers are shared. */
  readonly prefix: string
  /** Puts an object into `store` past our code: without a stamp. */
  readonly plant: (key: string, content: Buffer) => Promise<void>
  readonly stop: () => Promise<void>
}

export interface StoreKind {
  readonly name: string
  readonly start: () => Promise<StoreFixture>
  /** What a server is known not to do right. */
  readonly lacks?: readonly (
    | 'plus sign in copy source'
    | 'pages in lists'
    | 'date of copies'
    | 'conditional writes'
  )[]
}

/** What the test body works with. */
export interface Scene extends StoreFixture {
  /** Writes a local file and returns its path and stamp. */
  readonly file: (content: Buffer | string) => Promise<{ path: string; stamp: Stamp }>
}

/** A store that cuts files into parts beyond this size, and copies in parts beyond it. */
export const PART_BYTES = 5 * 1024 * 1024

/** Runs one test on buckets and a folder of its own, and removes them whatever happens. */
export function onStore(
  kind: StoreKind,
  body: (scene: Scene) => Promise<void>,
): () => Promise<void> {
  return async () => {
    const { folder, remove } = await temporaryFolder()
    try {
      const fixture = await kind.start()
      let files = 0
      const file: Scene['file'] = async (content) => {
        const local = path.join(folder, `local-${files++}`)
        await writeFile(local, content)
        return { path: local, stamp: { sha256: sha256(content) } }
      }
      try {
        await body({ ...fixture, file })
      } finally {
        await fixture.stop()
      }
    } finally {
      await remove()
    }
  }
}

export function sha256(content: Buffer | string): string {
  return createHash('sha256').update(content).digest('hex')
}

/** Bytes that look random and are the same for the same seed. */
export function sampleBytes(bytes: number, seed = 'seed'): Buffer {
  return createHash('shake256', { outputLength: bytes }).update(seed).digest()
}

export async function readWhole(
  store: ReadableStore,
  key: string,
  range: { start?: number; end?: number } = {},
): Promise<Buffer> {
  return buffer(await store.open(key, range))
}

/** The failure that a promise ends with; fails the test where it is no such one. */
export async function expectFailure(promise: Promise<unknown>, code: ErrorCode): Promise<DmError> {
  const outcome = await promise.then(
    () => null,
    (error: unknown) => error,
  )
  if (!isDmError(outcome)) {
    throw new Error(`expected ${code}, got ${String(outcome)}`, { cause: outcome })
  }
  assert.is(outcome.code, code, outcome.message)
  return outcome
}
