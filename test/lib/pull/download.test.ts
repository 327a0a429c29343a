import { appendFile, readFile, rename, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { Readable } from 'node:stream'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { download } from '../../../lib/pull/download.ts'
import type { ReadableStore } from '../../../lib/store/store.ts'
import { failure } from '../../helpers/failure.ts'
import { makePipe } from '../../helpers/make-pipe.ts'
import { runInNode } from '../../helpers/run-in-node.ts'
import { sampleBytes } from '../store/conformance/store-fixture.ts'
import { onVersion } from './scene.ts'

const test = suite('lib/pull/download')

const MIB = 1024 * 1024
const BYTES = 3 * MIB + 5
const content = sampleBytes(BYTES)
const wrong = sampleBytes(BYTES, 'wrong')

test('the bytes are brought to a new file, and nothing else is left there', () =>
  onVersion(content, async ({ store, wanted, destination, contents }) => {
    const steps: number[] = []
    const result = await download(store, wanted, await destination(), {
      onProgress: (done, total) => {
        assert.is(total, BYTES)
        steps.push(done)
      },
    })
    assert.equal(result, { bytes: BYTES, receivedBytes: BYTES })
    assert.is(steps.at(-1), BYTES)
    assert.equal(await contents(), { 'model.sqlite': content })
  }))

test('an old file is replaced', () =>
  onVersion(content, async ({ store, wanted, file, destination, contents }) => {
    await writeFile(file, 'old')
    await download(store, wanted, await destination())
    assert.equal(await contents(), { 'model.sqlite': content })
  }))

test('a right file that is there already is left alone, and the store not asked', () =>
  onVersion(content, async ({ wanted, file, destination, contents }) => {
    await writeFile(file, content)
    const refuse = (): never => {
      throw new Error('the store was asked')
    }
    const store = { bucket: 'production', location: 'nowhere', head: refuse, open: refuse }
    const result = await download(store, wanted, await destination())
    assert.equal(result, { bytes: BYTES, receivedBytes: 0 })
    assert.equal(await contents(), { 'model.sqlite': content })
  }))

test('wrong bytes are refused, the old file survives, and nothing of them is kept', () =>
  onVersion(
    content,
    async ({ store, wanted, file, destination, contents }) => {
      await writeFile(file, 'old')
      const error = await failure('DM_BYTES_RECEIVED_DIFFER', async () =>
        download(store, wanted, await destination()),
      )
      assert.is(error.exit, 3)
      assert.match(error.message, wanted.sha256)
      assert.equal(await contents(), { 'model.sqlite': Buffer.from('old') })
    },
    wrong,
  ))

test('a missing object is told, and the old file survives', () =>
  onVersion(content, async ({ store, wanted, file, destination, contents }) => {
    await writeFile(file, 'old')
    await failure('DM_STORE_NOT_FOUND', async () =>
      download(store, { ...wanted, key: 'model/v2.sqlite' }, await destination()),
    )
    assert.equal(await contents(), { 'model.sqlite': Buffer.from('old') })
  }))

test('after an abort the old file is there, and the next run receives only the rest', () =>
  onVersion(content, async ({ store, wanted, file, partial, destination, contents }) => {
    await writeFile(file, 'old')
    const controller = new AbortController()
    const reason = new Error('stop')
    const aborted = download(store, wanted, await destination(), {
      signal: controller.signal,
      onProgress: () => controller.abort(reason),
    })
    assert.is(await aborted.catch((error: unknown) => error), reason)
    const left = await contents()
    assert.equal(Object.keys(left).toSorted(), [path.basename(partial), 'model.sqlite'])
    assert.equal(left['model.sqlite'], Buffer.from('old'))
    const kept = left[path.basename(partial)]?.length ?? 0
    assert.ok(kept > 0 && content.subarray(0, kept).equals(await readFile(partial)))

    const result = await download(store, wanted, await destination())
    assert.equal(result, { bytes: BYTES, receivedBytes: BYTES - kept })
    assert.equal(await contents(), { 'model.sqlite': content })
  }))

test('an abort is heeded while the bytes of a killed run are read', () =>
  onVersion(content, async ({ store, wanted, partial, destination, contents }) => {
    await writeFile(partial, content)
    const controller = new AbortController()
    const reason = new Error('stop')
    const head: ReadableStore['head'] = (...request) => {
      controller.abort(reason)
      return store.head(...request)
    }
    const { signal } = controller
    const aborted = download({ ...store, head }, wanted, await destination(), { signal })
    assert.is(await aborted.catch((error: unknown) => error), reason)
    assert.equal(Object.keys(await contents()), [path.basename(partial)])
  }))

test('what a killed run left whole is used without receiving anything', () =>
  onVersion(content, async ({ store, wanted, partial, destination, contents }) => {
    await writeFile(partial, content)
    const result = await download(store, wanted, await destination())
    assert.equal(result, { bytes: BYTES, receivedBytes: 0 })
    assert.equal(await contents(), { 'model.sqlite': content })
  }))

test('what a killed run left damaged, whole or too long is received anew', async () => {
  const leftovers = [
    [wrong.subarray(0, MIB), BYTES - MIB + BYTES],
    [wrong, BYTES],
    [Buffer.concat([content, wrong]), BYTES],
    [Buffer.alloc(0), BYTES],
  ] as const
  for (const [leftover, receivedBytes] of leftovers) {
    await onVersion(content, async ({ store, wanted, partial, destination, contents }) => {
      await writeFile(partial, leftover)
      const result = await download(store, wanted, await destination())
      assert.equal(result, { bytes: BYTES, receivedBytes })
      assert.equal(await contents(), { 'model.sqlite': content })
    })
  }
})

test('what is no file in the place of the partial one is refused, and does not block', () =>
  onVersion(content, async ({ store, wanted, file, partial, destination }) => {
    await makePipe(path.dirname(partial), path.basename(partial))
    await failure('DM_DESTINATION_UNUSABLE', async () =>
      download(store, wanted, await destination()),
    )
    assert.is(await readFile(file).catch(() => null), null)
  }))

test('a log that appears beside the old database meanwhile keeps it from being replaced', () =>
  onVersion(content, async ({ store, wanted, file, destination }) => {
    await writeFile(file, 'old')
    const place = await destination()
    await appendFile(`${file}-wal`, 'x')
    await failure('DM_DESTINATION_STALE', () => download(store, wanted, place))
    assert.is(await readFile(file, 'utf8'), 'old')
  }))

test('a partial file that another run has replaced does not become the destination', () =>
  onVersion(content, async ({ store, wanted, file, partial, destination, contents }) => {
    await writeFile(file, 'old')
    let opened = 0
    const open: ReadableStore['open'] = async (...request) => {
      opened++
      await rename(partial, `${partial}-of-the-other`)
      await writeFile(partial, 'incomplete')
      return store.open(...request)
    }
    const place = await destination()
    const error = await failure('DM_DESTINATION_UNUSABLE', () =>
      download({ ...store, open }, wanted, place),
    )
    assert.match(error.message, 'another dm pull')
    assert.is(opened, 1)
    assert.equal((await contents())['model.sqlite'], Buffer.from('old'))
  }))

test('a write of which the system takes only a part leaves no cut file', () =>
  onVersion(sampleBytes(3 * MIB + MIB / 2), async ({ store, wanted, file, destination }) => {
    // The limit cuts into the last write: what is taken of it is told, and is no error yet.
    const limit = 3 * MIB + MIB / 4
    const scene = JSON.stringify({ location: store.location, wanted, place: await destination() })
    const source = `
      import path from 'node:path'
      import { createFolderStore } from './lib/store/folder-store.ts'
      import { download } from './lib/pull/download.ts'
      process.on('SIGXFSZ', () => {})
      const { location, wanted, place } = ${scene}
      const store = createFolderStore({ bucket: 'production', root: path.dirname(location), repository: 'owner/data' })
      const ended = await download(store, wanted, place).catch((error) => error)
      console.log(ended.code)`
    // POSIX counts it in units of 512 bytes.
    const output = await runInNode(source, { setUp: `ulimit -f ${limit / 512}` })
    assert.match(output, 'DM_DESTINATION_UNUSABLE')
    assert.is(await readFile(file).catch(() => null), null)
  }))

test('bytes that come in small pieces are all written', () =>
  onVersion(content, async ({ store, wanted, destination, contents }) => {
    const open: ReadableStore['open'] = async (_, { start = 0 } = {}) => {
      const pieces = Array.from({ length: 1000 }, (_unused, index) => {
        const size = Math.ceil(BYTES / 1000)
        return content.subarray(start + index * size, start + (index + 1) * size)
      })
      return Readable.from(pieces.filter(({ length }) => length > 0))
    }
    await download({ ...store, open }, wanted, await destination())
    assert.equal(await contents(), { 'model.sqlite': content })
  }))

test.run()
