import { appendFile, chmod, chown, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { DmError } from '../../../lib/errors/dm-error.ts'
import { chooseDestination, type Destination } from '../../../lib/pull/destination.ts'
import { download, planDownload } from '../../../lib/pull/download.ts'
import { openCache, type Cache } from '../../../lib/transfer/cache.ts'
import type { Wanted } from '../../../lib/pull/wanted.ts'
import type { ExpectedObject } from '../../../lib/store/receive-object.ts'
import type { ReadableStore } from '../../../lib/store/store.ts'
import { failure } from '../../helpers/failure.ts'
import { runInNode } from '../../helpers/run-in-node.ts'
import { STRANGER } from '../../helpers/without-privileges.ts'
import { sampleBytes } from '../store/conformance/store-fixture.ts'
import { onObject, type ReceiveScene } from '../store/receive-scene.ts'

const test = suite('lib/pull/download')

const BYTES = 70_001
const content = sampleBytes(BYTES)
const NAME = 'model.sqlite'

interface PullScene extends ReceiveScene {
  readonly wanted: Wanted
  /** Chosen anew, as every run does. */
  readonly destination: (output?: string) => Promise<Destination>
}

/** A version in a folder store, and a folder to pull it to. */
function onVersion(body: (scene: PullScene) => Promise<void>, stored = content): Promise<void> {
  const scene = (given: ReceiveScene): Promise<void> =>
    body({
      ...given,
      file: path.join(given.folder, NAME),
      wanted: { dataset: NAME, version: 'v1', ...wantedOf(given.expected) },
      destination: (output) =>
        chooseDestination(given.folder, output, NAME, () => assert.unreachable()),
    })
  return onObject(content, scene, stored)
}

const nowhere = { bucket: 'production', key: 'model/v2.sqlite' }

/** With its bytes in one place. */
function wantedOf({
  key,
  ...expected
}: ExpectedObject): Pick<Wanted, 'sha256' | 'bytes' | 'places' | 'stored'> {
  return { ...expected, places: [{ bucket: 'production', key }], stored: [] }
}

/** There is none. */
const noCache = (): Promise<Cache> => openCache({ HOME: '/no/such/folder' }, 0)

test('the bytes are brought to a new file or in the place of an old one, and nothing else is left', () =>
  onVersion(async ({ store, wanted, destination, file, contents }) => {
    const whole = { bytes: BYTES, receivedBytes: BYTES, via: 'whole' }
    assert.equal(await download(() => store, wanted, await destination(), noCache), whole)
    assert.equal(await contents(), { [NAME]: content })
    await writeFile(file, 'old')
    assert.equal(await download(() => store, wanted, await destination(), noCache), whole)
    assert.equal(await contents(), { [NAME]: content })
  }))

test('a right file that is there already is left alone, and no bucket opened', () =>
  onVersion(async ({ wanted, file, destination, contents }) => {
    await writeFile(file, content)
    const before = await stat(file)
    const refuse = (): never => {
      throw new Error('the store was asked')
    }
    const present = { bytes: BYTES, receivedBytes: 0, via: 'present' }
    assert.equal(await planDownload(refuse, wanted, await destination(), noCache), present)
    assert.equal(await download(refuse, wanted, await destination(), noCache), present)
    assert.equal([(await stat(file)).ino, await contents()], [before.ino, { [NAME]: content }])
  }))

test('a plan tells the size, writes nothing, and finds what is missing or of another size', () =>
  onVersion(async ({ store, wanted, destination, folder }) => {
    const place = await destination('new/')
    const planned = { bytes: BYTES, receivedBytes: 0, via: 'whole' }
    assert.equal(await planDownload(() => store, wanted, place, noCache), planned)
    const missing = { ...wanted, places: [nowhere] }
    await failure('DM_STORE_NOT_FOUND', () => planDownload(() => store, missing, place, noCache))
    const other = { ...wanted, bytes: 1 }
    await failure('DM_STORE_MISMATCH', () => planDownload(() => store, other, place, noCache))
    assert.equal(await readdir(folder), [])
  }))

test('what is not in staging any more, or not for this reader, comes from where it was published', () =>
  onVersion(async ({ store, wanted, destination, file, contents }) => {
    const [published] = wanted.places
    assert.ok(published)
    const staged = { bucket: 'staging', key: 'staged' }
    const both = { ...wanted, places: [staged, published] }
    const opening = (error: DmError | null) => (bucket: string) => {
      if (bucket === 'staging' && error !== null) throw error
      return store
    }
    const keyless = new DmError('DM_STORE_NO_CREDENTIALS', { bucket: 'staging', variables: [] })
    const unknown = new DmError('DM_UNKNOWN_BUCKET', { bucket: 'staging', known: [] })
    const away = new DmError('DM_STORE_NO_BUCKET', { bucket: 'staging', location: '' })
    for (const error of [null, keyless, unknown, away]) {
      const open = opening(error)
      assert.is((await planDownload(open, both, await destination(), noCache)).bytes, BYTES)
      await download(open, both, await destination(), noCache)
      assert.equal(await contents(), { [NAME]: content })
      await rm(file)
      const none = { ...both, places: [staged, nowhere] }
      const told = await failure(error?.code ?? 'DM_STORE_NOT_FOUND', async () =>
        download(open, none, await destination(), noCache),
      )
      assert.match(told.message, error === null ? "'staged'" : "'staging'")
    }
    // Another failure is no sign that it is elsewhere.
    const full = new DmError('DM_DISK_FULL', { file })
    await failure('DM_DISK_FULL', async () =>
      download(opening(full), both, await destination(), noCache),
    )
    assert.equal(await contents(), {})
  }))

test('the old file survives wrong bytes and a missing object', async () => {
  const cases = [
    ['DM_BYTES_RECEIVED_DIFFER', sampleBytes(BYTES, 'wrong'), {}],
    ['DM_STORE_NOT_FOUND', content, { places: [nowhere] }],
  ] as const
  for (const [code, stored, change] of cases) {
    await onVersion(async ({ store, wanted, file, destination, contents }) => {
      await writeFile(file, 'old')
      await failure(code, async () =>
        download(() => store, { ...wanted, ...change }, await destination(), noCache),
      )
      assert.equal(await contents(), { [NAME]: Buffer.from('old') })
    }, stored)
  }
})

test('what an aborted run received lies beside the old file, and is used', () =>
  onVersion(async ({ store, wanted, file, folder, destination, contents }) => {
    await writeFile(file, 'old')
    const controller = new AbortController()
    const reason = new Error('stop')
    const aborted = download(() => store, wanted, await destination(), noCache, {
      signal: controller.signal,
      onProgress: () => controller.abort(reason),
    })
    assert.is(await aborted.catch((error: unknown) => error), reason)
    const partial = `.${NAME}.${wanted.sha256.slice(0, 8)}.partial`
    assert.equal((await readdir(folder)).toSorted(), [partial, NAME])
    assert.is(await readFile(file, 'utf8'), 'old')
    const { receivedBytes } = await download(() => store, wanted, await destination(), noCache)
    assert.ok(receivedBytes < BYTES)
    assert.equal(await contents(), { [NAME]: content })
  }))

test('a log that appears beside the old database meanwhile keeps it from being replaced', () =>
  onVersion(async ({ store, wanted, file, destination }) => {
    await writeFile(file, 'old')
    const place = await destination()
    await appendFile(`${file}-wal`, 'x')
    await failure('DM_DESTINATION_STALE', () => download(() => store, wanted, place, noCache))
    assert.is(await readFile(file, 'utf8'), 'old')
  }))

test('what is replaced leaves its permissions and its group; until then nobody else can read it', () =>
  onVersion(async ({ store, wanted, file, folder, destination }) => {
    for (const mode of [0o600, 0o640, 0o444, 0o664]) {
      await writeFile(file, 'old', { mode: 0o600 })
      await chmod(file, mode)
      if (process.geteuid?.() === 0) await chown(file, STRANGER, STRANGER)
      const { uid, gid } = await stat(file)
      const open: ReadableStore['open'] = async (...request) => {
        const partial = (await readdir(folder)).find((name) => name !== NAME) ?? ''
        assert.is((await stat(path.join(folder, partial))).mode & 0o777, 0o600)
        return store.open(...request)
      }
      await download(() => ({ ...store, open }), wanted, await destination(), noCache)
      const now = await stat(file)
      assert.equal([now.mode & 0o777, now.uid, now.gid], [mode, uid, gid])
      await writeFile(file, 'other')
    }
  }))

test('what only passes through is for nobody else to read', () =>
  onVersion(async ({ store, wanted, folder }) => {
    const file = path.join(folder, 'passing', NAME)
    await download(() => store, wanted, { path: file, exists: false, passing: true }, noCache)
    assert.is((await stat(file)).mode & 0o777, 0o600)
  }))

test('a new file has the permissions that the umask leaves', () =>
  onVersion(async ({ store, wanted, folder }) => {
    const scene = JSON.stringify({ location: store.location, wanted, folder })
    const source = `
      import path from 'node:path'
      import { createFolderStore } from './lib/store/folder/folder-store.ts'
      import { download } from './lib/pull/download.ts'
      import { openCache } from './lib/transfer/cache.ts'
      const { location, wanted, folder } = ${scene}
      const store = createFolderStore({ bucket: 'production', root: path.dirname(location), repository: '' })
      await download(() => store, wanted, { path: path.join(folder, process.argv[1]), exists: false, passing: false }, () => openCache({ HOME: '/no/such' }, 0))`
    const modeAfter = async (umask: string, name: string): Promise<number> => {
      await runInNode(source.replace('process.argv[1]', `'${name}'`), { setUp: `umask ${umask}` })
      return (await stat(path.join(folder, name))).mode & 0o777
    }
    const modes = await Promise.all([modeAfter('022', 'a'), modeAfter('027', 'b')])
    assert.equal(modes, [0o644, 0o640])
  }))

test('a folder that is named with a slash is made, when the bytes come', () =>
  onVersion(async ({ store, wanted, folder, destination }) => {
    const place = await destination('new/deep/')
    assert.equal(await readdir(folder), [])
    await download(() => store, wanted, place, noCache)
    assert.ok((await readFile(path.join(folder, 'new/deep', NAME))).equals(content))
  }))

test('names as long as a file can have are no obstacle, and longer ones are told first', () =>
  onVersion(async ({ store, wanted, folder, destination }) => {
    for (const name of ['n'.repeat(255), 'ä'.repeat(127), `${'n'.repeat(244)}.sqlite`]) {
      await download(() => store, wanted, await destination(name), noCache)
      assert.ok((await readFile(path.join(folder, name))).equals(content))
    }
    for (const name of ['n'.repeat(256), 'ä'.repeat(128), `${'n'.repeat(256)}/`]) {
      const error = await failure('DM_DESTINATION_UNUSABLE', () => destination(name))
      assert.match(error.message, 'too long')
    }
  }))

test.run()
