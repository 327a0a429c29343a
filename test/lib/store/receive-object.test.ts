import {
  chmod,
  chown,
  link,
  readFile,
  rename,
  stat,
  statfs,
  truncate,
  writeFile,
} from 'node:fs/promises'
import path from 'node:path'
import { Readable } from 'node:stream'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { receiveObject } from '../../../lib/store/receive-object.ts'
import type { ReadableStore } from '../../../lib/store/store.ts'
import { failure } from '../../helpers/failure.ts'
import { makePipe } from '../../helpers/make-pipe.ts'
import { runInNode } from '../../helpers/run-in-node.ts'
import { STRANGER } from '../../helpers/without-privileges.ts'
import { sampleBytes } from './conformance/store-fixture.ts'
import { onObject } from './receive-scene.ts'

const test = suite('lib/store/receive-object')

const MIB = 1024 * 1024
const BYTES = 3 * MIB + 5
const content = sampleBytes(BYTES)
const wrong = sampleBytes(BYTES, 'wrong')

test('the bytes come into a new file, and how far they are is told', () =>
  onObject(content, async ({ store, expected, file, contents }) => {
    const steps: number[] = []
    const result = await receiveObject(store, expected, file, {
      onProgress: (done, total) => {
        assert.is(total, BYTES)
        steps.push(done)
      },
    })
    assert.equal(result, { bytes: BYTES, receivedBytes: BYTES })
    assert.is(steps.at(-1), BYTES)
    assert.equal(await contents(), { received: content })
  }))

test('wrong bytes are received once, refused, and not kept', () =>
  onObject(
    content,
    async ({ store, expected, file, contents }) => {
      let opened = 0
      const open: ReadableStore['open'] = (...request) => {
        opened++
        return store.open(...request)
      }
      const error = await failure('DM_BYTES_RECEIVED_DIFFER', () =>
        receiveObject({ ...store, open }, expected, file),
      )
      assert.equal([error.exit, error.context.expected], [3, expected.sha256])
      assert.match(error.message, expected.key)
      assert.equal([opened, await contents()], [1, {}])
    },
    wrong,
  ))

test('an object of another size than the manifest tells is not begun', async () => {
  for (const stored of [Buffer.concat([content, content]), content.subarray(1)]) {
    await onObject(
      content,
      async ({ store, expected, file, contents }) => {
        const error = await failure('DM_STORE_MISMATCH', () => receiveObject(store, expected, file))
        assert.match(error.message, `${stored.length} bytes`)
        assert.is(error.context.key, expected.key)
        assert.equal([error.exit, await contents()], [3, {}])
      },
      stored,
    )
  }
})

test('where the manifest tells no size, the object may have any that the disk has room for', () =>
  onObject(content, async ({ store, expected, file, folder, contents }) => {
    const unknown = { ...expected, bytes: undefined }
    const { bavail, bsize } = await statfs(folder)
    const head: ReadableStore['head'] = async (...request) => {
      const info = await store.head(...request)
      return info && { ...info, bytes: bavail * bsize * 2 }
    }
    const error = await failure('DM_DISK_FULL', () =>
      receiveObject({ ...store, head }, unknown, file),
    )
    assert.equal([error.exit, await contents()], [1, {}])
    assert.is((await receiveObject(store, unknown, file)).bytes, BYTES)
  }))

test('a missing object is told', () =>
  onObject(content, async ({ store, expected, file, contents }) => {
    const missing = { ...expected, key: 'model/v2.sqlite' }
    await failure('DM_STORE_NOT_FOUND', () => receiveObject(store, missing, file))
    assert.equal(await contents(), {})
  }))

test('after an abort the next run receives only the rest', () =>
  onObject(content, async ({ store, expected, file, contents }) => {
    const controller = new AbortController()
    const reason = new Error('stop')
    const aborted = receiveObject(store, expected, file, {
      signal: controller.signal,
      onProgress: () => controller.abort(reason),
    })
    assert.is(await aborted.catch((error: unknown) => error), reason)
    const kept = await readFile(file)
    assert.ok(kept.length > 0 && content.subarray(0, kept.length).equals(kept))
    const result = await receiveObject(store, expected, file)
    assert.equal(result, { bytes: BYTES, receivedBytes: BYTES - kept.length })
    assert.equal(await contents(), { received: content })
  }))

test('an abort is heeded while the bytes of a killed run are read', () =>
  onObject(content, async ({ store, expected, file }) => {
    await writeFile(file, content)
    const controller = new AbortController()
    const reason = new Error('stop')
    const head: ReadableStore['head'] = (...request) => {
      controller.abort(reason)
      return store.head(...request)
    }
    const unknown = { ...expected, bytes: undefined }
    const aborted = receiveObject({ ...store, head }, unknown, file, { signal: controller.signal })
    assert.is(await aborted.catch((error: unknown) => error), reason)
    assert.ok((await readFile(file)).equals(content))
  }))

test('what a killed run left is used, or, where it is damaged or too long, received anew', async () => {
  const leftovers = [
    [content, 0],
    [content.subarray(0, MIB), BYTES - MIB],
    [wrong.subarray(0, MIB), BYTES - MIB + BYTES],
    [wrong, BYTES],
    [Buffer.concat([content, wrong]), BYTES],
    [Buffer.alloc(0), BYTES],
  ] as const
  for (const [leftover, receivedBytes] of leftovers) {
    await onObject(content, async ({ store, expected, file, contents }) => {
      await writeFile(file, leftover)
      const result = await receiveObject(store, expected, file)
      assert.equal(result, { bytes: BYTES, receivedBytes })
      assert.equal(await contents(), { received: content })
    })
  }
})

test('a damaged leftover and wrong bytes after it are refused, not tried for ever', () =>
  onObject(
    content,
    async ({ store, expected, file, contents }) => {
      await writeFile(file, content.subarray(0, MIB))
      await failure('DM_BYTES_RECEIVED_DIFFER', () => receiveObject(store, expected, file))
      assert.equal(await contents(), {})
    },
    wrong,
  ))

test('what somebody else could write to is not continued: other names for it, other owners', () =>
  onObject(content, async ({ store, expected, file, folder }) => {
    const other = path.join(folder, 'other')
    await writeFile(file, content.subarray(0, MIB))
    await link(file, other)
    assert.is((await receiveObject(store, expected, file)).receivedBytes, BYTES)
    assert.is((await stat(other)).size, MIB)
    // Only root can give a file away.
    if (process.geteuid?.() !== 0) return
    await truncate(file, MIB)
    await chown(file, STRANGER, STRANGER)
    assert.is((await receiveObject(store, expected, file)).receivedBytes, BYTES)
    assert.is((await stat(file)).uid, 0)
  }))

test('a file has the permissions asked for from its first byte, an old one none beyond them', () =>
  onObject(content, async ({ store, expected, file }) => {
    const seen: number[] = []
    const open: ReadableStore['open'] = async (...request) => {
      seen.push((await stat(file)).mode & 0o777)
      return store.open(...request)
    }
    await receiveObject({ ...store, open }, expected, file, { mode: 0o600 })
    await truncate(file, 5)
    await receiveObject({ ...store, open }, expected, file)
    await truncate(file, 5)
    await chmod(file, 0o644)
    await receiveObject({ ...store, open }, expected, file, { mode: 0o600 })
    assert.equal(seen, [0o600, 0o600, 0o600])
  }))

test('what is no file in its place is refused, and does not block', () =>
  onObject(content, async ({ store, expected, file, folder }) => {
    await makePipe(folder, path.basename(file))
    const error = await failure('DM_DESTINATION_UNUSABLE', () =>
      receiveObject(store, expected, file),
    )
    assert.match(error.message, 'in the way')
  }))

test('a folder that is gone is a destination that cannot be used', () =>
  onObject(content, async ({ store, expected, file }) => {
    const receiving = (): Promise<unknown> => receiveObject(store, expected, `${file}/in`)
    const { context } = await failure('DM_DESTINATION_UNUSABLE', receiving)
    assert.is(context.reason, 'ENOENT')
  }))

test('a file that another run has put in its place is not taken for ours', () =>
  onObject(content, async ({ store, expected, file }) => {
    let opened = 0
    const open: ReadableStore['open'] = async (...request) => {
      opened++
      await rename(file, `${file}-of-the-other`)
      await writeFile(file, 'incomplete')
      return store.open(...request)
    }
    const error = await failure('DM_DESTINATION_UNUSABLE', () =>
      receiveObject({ ...store, open }, expected, file),
    )
    assert.match(error.message, 'another dm pull')
    assert.is(opened, 1)
  }))

test('a write of which the system takes only a part is not taken for the whole', () =>
  onObject(sampleBytes(3 * MIB + MIB / 2), async ({ store, expected, file }) => {
    // The limit cuts into the last write: what is taken of it is told, and is no error yet.
    const limit = 3 * MIB + MIB / 4
    const scene = JSON.stringify({ location: store.location, expected, file })
    const source = `
      import path from 'node:path'
      import { createFolderStore } from './lib/store/folder/folder-store.ts'
      import { receiveObject } from './lib/store/receive-object.ts'
      process.on('SIGXFSZ', () => {})
      const { location, expected, file } = ${scene}
      const store = createFolderStore({ bucket: 'production', root: path.dirname(location), repository: '' })
      const ended = await receiveObject(store, expected, file).catch((error) => error)
      console.log(ended.code, ended.context.reason)`
    // POSIX counts it in units of 512 bytes.
    const output = await runInNode(source, { setUp: `ulimit -f ${limit / 512}` })
    assert.is(output, 'DM_DESTINATION_UNUSABLE EFBIG\n')
  }))

test('bytes that come in small pieces are all written', () =>
  onObject(content, async ({ store, expected, file, contents }) => {
    const open: ReadableStore['open'] = async (_, { start = 0 } = {}) => {
      const pieces = Array.from({ length: 1000 }, (_unused, index) => {
        const size = Math.ceil(BYTES / 1000)
        return content.subarray(start + index * size, start + (index + 1) * size)
      })
      return Readable.from(pieces.filter(({ length }) => length > 0))
    }
    await receiveObject({ ...store, open }, expected, file)
    assert.equal(await contents(), { received: content })
  }))

test.run()
