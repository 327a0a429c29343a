import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { DmError } from '../../../lib/errors/dm-error.ts'
import { companionKey, stagingKey } from '../../../lib/manifest/keys.ts'
import { download, type Pulled } from '../../../lib/pull/download.ts'
import { readFrames } from '../../../lib/pull/read-frames.ts'
import { BrokenForm } from '../../../lib/transfer/broken-form.ts'
import type { Open } from '../../../lib/pull/receive-version.ts'
import type { StoredVersion, Wanted } from '../../../lib/pull/wanted.ts'
import { createHttpReader } from '../../../lib/store/http/reader.ts'
import { compressZst } from '../../../lib/transfer/zst/compress.ts'
import { FRAME_BYTES } from '../../../lib/transfer/zst/format.ts'
import { bringVersion } from '../../../lib/transfer/bring-version.ts'
import { openCache } from '../../../lib/transfer/cache.ts'
import { withFile } from '../../../lib/files/file-identity.ts'
import { hashFile } from '../../../lib/files/hash-file.ts'
import { failure } from '../../helpers/failure.ts'
import { inFolder } from '../../helpers/in-folder.ts'
import { serveObject, withWebServer, type SeenRequest } from '../../helpers/web-server.ts'
import { sampleBytes } from '../store/conformance/store-fixture.ts'
import { chunksOf, collect, deltaOf, PAGE, pagesOf, sha256 } from '../transfer/delta/page-files.ts'

const test = suite('lib/pull: forms')

const NAME = 'model.sqlite'
/** Four frames and a bit, which can hardly be compressed: more than is read in one go. */
const PAGES = (4 * FRAME_BYTES) / PAGE + 10
const noise = sampleBytes(PAGES * PAGE)

/** Pages of the same noise, some of them changed. */
function versionOf(...changed: number[]): Buffer {
  const pages = pagesOf(Array.from({ length: PAGES }, (_, index) => index))
  for (let at = 0; at < PAGES; at++) {
    // A sixth of each page is the same byte.
    noise.copy(pages, at * PAGE + 100, at * PAGE + 100, at * PAGE + 420)
  }
  for (const at of changed) pages.fill(changed.length, at * PAGE + 100, at * PAGE + 200)
  return pages
}

const first = versionOf()
const second = versionOf(70)
const third = versionOf(70, 5000)
const versions = [first, second, third]
const keyOf = (bytes: Buffer): string =>
  `model/v${versions.indexOf(bytes) + 1}-${sha256(bytes)}.sqlite`

const zst = await collect(compressZst(chunksOf(third), { level: 1 }))
const otherZst = await collect(compressZst(chunksOf(second), { level: 1 }))
const deltas = await new Promise<readonly [Buffer, Buffer]>((resolve, reject) => {
  inFolder(async (folder) => {
    const [one, two] = [await deltaOf(folder, first, second), await deltaOf(folder, second, third)]
    resolve([one.delta, two.delta])
  }).catch(reject)
})
const zstKey = companionKey(keyOf(third), { kind: 'zst' })
const deltaKeys = [
  companionKey(keyOf(second), { kind: 'delta', base: sha256(first) }),
  companionKey(keyOf(third), { kind: 'delta', base: sha256(second) }),
] as const

const stored: readonly StoredVersion[] = [
  {
    ...common(third),
    compressedBytes: zst.length,
    delta: { from: sha256(second), bytes: deltas[1].length },
  },
  {
    ...common(second),
    compressedBytes: undefined,
    delta: { from: sha256(first), bytes: deltas[0].length },
  },
  { ...common(first), compressedBytes: undefined, delta: undefined },
]

function common(bytes: Buffer): Pick<StoredVersion, 'sha256' | 'bytes' | 'bucket' | 'key'> {
  return { sha256: sha256(bytes), bytes: bytes.length, bucket: 'production', key: keyOf(bytes) }
}

const wanted: Wanted = {
  dataset: NAME,
  version: 'v3',
  sha256: sha256(third),
  bytes: third.length,
  places: [{ bucket: 'production', key: keyOf(third) }],
  stored,
}

/** The objects of a public bucket, by their keys. */
type Objects = Record<string, Buffer>

const published: Objects = {
  [keyOf(first)]: first,
  [keyOf(second)]: second,
  [keyOf(third)]: third,
  [zstKey]: zst,
  [deltaKeys[0]]: deltas[0],
  [deltaKeys[1]]: deltas[1],
}

interface Scene {
  readonly folder: string
  readonly file: string
  /** What a pull did; `old`: what lies at the destination before. */
  readonly pull: (options?: {
    readonly old?: Buffer
    readonly what?: Wanted
    readonly open?: (bucket: string, open: Open) => ReturnType<Open>
    readonly signal?: AbortSignal
    readonly onProgress?: (done: number) => void
  }) => Promise<
    Pulled & { readonly notices: readonly string[]; readonly requests: readonly string[] }
  >
  readonly cached: (bytes: Buffer, name?: string) => Promise<void>
  /** As whoever compares gets a version: its bytes, and how much was said to be downloaded. */
  readonly bring: (most: number) => Promise<{ readonly bytes: Buffer; readonly told: number[] }>
}

/** @param ignoresRanges whether the server sends everything, whatever is asked for */
function onBucket(
  objects: Objects,
  body: (scene: Scene) => Promise<void>,
  { ignoresRanges = false } = {},
): Promise<void> {
  return withWebServer(
    (request, response, nth) => {
      const object = objects[decodeURIComponent(request.url ?? '').slice(1)]
      if (object === undefined) return void response.writeHead(404).end()
      if (ignoresRanges) delete request.headers.range
      serveObject(object)(request, response, nth)
    },
    ({ url, requests }) =>
      inFolder(async (folder) => {
        const cacheFolder = path.join(folder, 'cache')
        const place = path.join(folder, 'place')
        await mkdir(place)
        const file = path.join(place, NAME)
        const opening = (): ReturnType<typeof openCache> =>
          openCache({ XDG_CACHE_HOME: cacheFolder }, 1e9)
        const reader = createHttpReader({ bucket: 'production', url })
        await body({
          folder: place,
          file,
          async pull({
            old,
            what = wanted,
            open = (bucket: string, other: Open) => other(bucket),
            ...options
          } = {}) {
            if (old !== undefined) await writeFile(file, old)
            const notices: string[] = []
            const begun = requests.length
            const pulled = await download(
              (bucket) => open(bucket, () => reader),
              what,
              { path: file, exists: old !== undefined, passing: false },
              opening,
              { ...options, onNotice: (sentence) => notices.push(sentence) },
            )
            return { ...pulled, notices, requests: requests.slice(begun).map(toLine) }
          },
          async bring(most) {
            const told: number[] = []
            const stores = { openForReading: () => reader }
            const cache = await opening()
            const options = { most, onDownload: (bytes: number) => told.push(bytes) }
            const held = await bringVersion(cache, stores, wanted, options)
            const bytes = await readFile(held.path)
            await held.release()
            return { bytes, told }
          },
          async cached(bytes, name = sha256(bytes)) {
            const source = path.join(folder, 'source')
            await writeFile(source, bytes)
            await withFile(source, async (opened) => {
              const copy = await (
                await opening()
              ).copy({
                ...(await hashFile(opened)),
                sha256: name,
              })
              await copy?.keep()
            })
          },
        })
      }),
  )
}

function toLine({ method, url, headers: { range } }: SeenRequest): string {
  const key = decodeURIComponent(url).slice(1)
  const name = key === zstKey ? 'zst' : key === keyOf(third) ? 'whole' : key
  return [method, name, ...(range === undefined ? [] : [range])].join(' ')
}

async function isThird({ folder, file }: Scene): Promise<void> {
  assert.equal(await readdir(folder), [NAME])
  assert.ok((await readFile(file)).equals(third))
}

test('where nothing is here, it comes compressed: the table, then ranges; nothing is looked at before', () =>
  onBucket(published, async (scene) => {
    const { notices, requests, ...pulled } = await scene.pull()
    assert.equal(pulled, { bytes: third.length, receivedBytes: zst.length, via: 'compressed' })
    assert.equal(notices, [])
    const table = zst.length - 8 * 5 - 17
    assert.equal(requests, [
      `GET zst bytes=${table}-${zst.length - 1}`,
      `GET zst bytes=0-${table - 1}`,
    ])
    await isThird(scene)
  }))

test('what lies at the destination is the start: one plain GET for each delta', () =>
  onBucket(published, async (scene) => {
    const { notices, requests, ...pulled } = await scene.pull({ old: first })
    const receivedBytes = deltas[0].length + deltas[1].length
    assert.equal(pulled, { bytes: third.length, receivedBytes, via: 'delta' })
    assert.ok(receivedBytes < third.length / 100)
    assert.equal([notices, new Set(requests)], [[], new Set(deltaKeys.map((key) => `GET ${key}`))])
    await isThird(scene)
    // What another way has left is in nobody's way.
    const left = path.join(scene.folder, `.${NAME}.${wanted.sha256.slice(0, 8)}.partial`)
    await writeFile(left, third.subarray(0, 1_000_000))
    const again = await scene.pull({ old: second })
    assert.equal([again.via, again.requests], ['delta', [`GET ${deltaKeys[1]}`]])
    await isThird(scene)
  }))

test('what the cache has is taken from there, or built upon', () =>
  onBucket(published, async (scene) => {
    await scene.cached(second)
    assert.is((await scene.pull()).via, 'delta')
    await isThird(scene)
    await scene.cached(third)
    const { via, receivedBytes, requests } = await scene.pull({ old: Buffer.from('other') })
    assert.equal([via, receivedBytes, requests], ['cache', 0, []])
    await isThird(scene)
  }))

test('what is damaged in the cache is no obstacle, and not taken again', () =>
  onBucket(published, async (scene) => {
    await scene.cached(first, wanted.sha256)
    assert.is((await scene.pull()).via, 'compressed')
    await isThird(scene)
    // A machine that lost its power leaves files that are cut short.
    for (const [damaged, reason] of [
      [Buffer.alloc(second.length), /has the SHA-256 .* Trying the compressed database instead\.$/],
      [
        second.subarray(0, 10 * PAGE),
        /its base is shorter .* Trying the compressed database instead\.$/,
      ],
    ] as const) {
      await scene.cached(damaged, sha256(second))
      const { via, notices } = await scene.pull({ old: Buffer.from('other') })
      assert.equal([via, notices.length], ['compressed', 1])
      assert.match(notices.join(), reason)
      await isThird(scene)
      const after = await scene.pull({ old: Buffer.from('other') })
      assert.equal([after.via, after.notices], ['compressed', []])
    }
  }))

const flipped = Buffer.from(zst)
flipped[zst.length >> 1] = (flipped[zst.length >> 1] ?? 0) ^ 0xff
const badTable = Buffer.from(zst)
badTable.writeUInt32LE(1, zst.length - 17 - 8 * 5 + 8)

test('a compressed form that is broken, lying or missing costs time: the whole is taken, and it is said', async () => {
  const cases: readonly (readonly [Buffer | undefined, RegExp])[] = [
    [undefined, /There is no/],
    [flipped, /broken/],
    [badTable, /its table/],
    [zst.subarray(1), /it has \d+ bytes instead/],
    [Buffer.concat([zst, zst]), /bytes/],
    [Buffer.alloc(zst.length), /does not end in the table/],
  ]
  for (const [bytes, reason] of cases) {
    const { [zstKey]: _, ...others } = published
    const objects = bytes === undefined ? others : { ...others, [zstKey]: bytes }
    await onBucket(objects, async (scene) => {
      const { via, receivedBytes, notices } = await scene.pull({ old: Buffer.from('old') })
      assert.is(via, 'whole')
      assert.ok(receivedBytes >= third.length - 4 * FRAME_BYTES)
      assert.equal(notices.length, 1)
      assert.match(notices.join(), reason)
      assert.match(notices.join(), 'Trying the whole database instead.')
      await isThird(scene)
    })
  }
  // Of a database of the same size, and flawless.
  const lying = [
    { ...stored[0], compressedBytes: otherZst.length, delta: undefined } as StoredVersion,
  ]
  await onBucket({ ...published, [zstKey]: otherZst }, async (scene) => {
    const { via, notices } = await scene.pull({ what: { ...wanted, stored: lying } })
    assert.equal([via, notices.length], ['whole', 1])
    assert.match(notices.join(), 'has the SHA-256')
    await isThird(scene)
  })
})

test('a delta that is broken, lying or missing costs time, and the base survives', async () => {
  const cases: readonly (readonly [Buffer | undefined, RegExp])[] = [
    [undefined, /There is no/],
    [Buffer.alloc(deltas[1].length), /is no delta/],
    [deltas[1].subarray(0, -1), /it has \d+ bytes instead/],
    [deltas[0], /bytes instead|its base/],
  ]
  for (const [bytes, reason] of cases) {
    const { [deltaKeys[1]]: _, ...others } = published
    const objects = bytes === undefined ? others : { ...others, [deltaKeys[1]]: bytes }
    await onBucket(objects, async (scene) => {
      const { via, notices } = await scene.pull({ old: second })
      assert.equal([via, notices.length], ['compressed', 1])
      assert.match(notices.join(), reason)
      await isThird(scene)
    })
  }
  // Nothing is left of it: the old file is there when every way fails.
  await onBucket({}, async (scene) => {
    await failure('DM_STORE_NOT_FOUND', () => scene.pull({ old: second }))
    assert.equal(await readdir(scene.folder), [NAME])
    assert.ok((await readFile(scene.file)).equals(second))
  })
})

test('after an abort the next run decompresses only what is missing', () =>
  onBucket(published, async (scene) => {
    const controller = new AbortController()
    const reason = new Error('stop')
    const aborted = scene.pull({
      signal: controller.signal,
      onProgress: (done) => {
        if (done >= 2 * FRAME_BYTES) controller.abort(reason)
      },
    })
    assert.is(await aborted.catch((error: unknown) => error), reason)
    const [partial] = await readdir(scene.folder)
    const kept = await readFile(path.join(scene.folder, partial ?? ''))
    assert.ok(kept.length >= FRAME_BYTES && kept.equals(third.subarray(0, kept.length)))
    // A kill may leave any of it.
    await writeFile(path.join(scene.folder, partial ?? ''), third.subarray(0, FRAME_BYTES + 7))
    const { via, receivedBytes, requests } = await scene.pull()
    assert.equal([via, requests.length], ['compressed', 2])
    assert.ok(receivedBytes < zst.length * 0.85, `${receivedBytes} of ${zst.length}`)
    await isThird(scene)
    // Or it is damaged: then all of it is decompressed again.
    await rm(scene.file)
    await writeFile(path.join(scene.folder, partial ?? ''), second.subarray(0, FRAME_BYTES))
    assert.equal((await scene.pull()).notices, [])
    await isThird(scene)
  }))

test('a server that ignores ranges sends the compressed form in one go', () =>
  onBucket(
    published,
    async (scene) => {
      const { via, receivedBytes, notices, requests } = await scene.pull()
      assert.equal([via, receivedBytes, requests.length], ['compressed', zst.length, 2])
      assert.match(notices.join(), 'ignores ranges')
      await isThird(scene)
    },
    { ignoresRanges: true },
  ))

const stagedAs = (form: Parameters<typeof stagingKey>[3]): Wanted => {
  const key = stagingKey('owner/data', 'production', sha256(third), form)
  const others = stored.filter((version) => version.sha256 !== wanted.sha256)
  return { ...wanted, places: [{ bucket: 'staging', key }, ...wanted.places], stored: others }
}
const compressed = stagedAs({ form: 'compressed' })
const delta = stagedAs({ form: 'delta', base: sha256(second) })
const staged: Objects = {
  [keyOf(first)]: first,
  [keyOf(second)]: second,
  [deltaKeys[0]]: deltas[0],
  [compressed.places[0]?.key ?? '']: zst,
  [delta.places[0]?.key ?? '']: deltas[1],
}

test('what waits in staging comes in its form, with its base from wherever that is', () =>
  onBucket(staged, async (scene) => {
    const one = await scene.pull({ what: compressed })
    assert.equal([one.via, one.receivedBytes], ['compressed', zst.length])
    await isThird(scene)
    const two = await scene.pull({ what: delta, old: second })
    assert.equal([two.via, two.receivedBytes], ['delta', deltas[1].length])
    await isThird(scene)
    const three = await scene.pull({ what: delta, old: first })
    assert.equal([three.via, three.receivedBytes], ['delta', deltas[0].length + deltas[1].length])
    await isThird(scene)
    const four = await scene.pull({ what: delta, old: Buffer.from('other') })
    assert.equal([four.via, four.receivedBytes], ['delta', second.length + deltas[1].length])
    await isThird(scene)
  }))

test('of a base that an old manifest names the size is found out', () =>
  onBucket(staged, async (scene) => {
    const old = {
      ...common(second),
      bytes: undefined,
      compressedBytes: undefined,
      delta: undefined,
    }
    const what = { ...delta, stored: [old] }
    const one = await scene.pull({ what, old: second })
    assert.equal([one.via, one.receivedBytes], ['delta', deltas[1].length])
    await isThird(scene)
    const two = await scene.pull({ what, old: Buffer.from('other') })
    assert.equal([two.via, two.receivedBytes], ['delta', second.length + deltas[1].length])
    await isThird(scene)
  }))

test('a delta whose base cannot be read says so, with what to do; a broken form is named', async () => {
  await onBucket(staged, async (scene) => {
    const denied = new DmError('DM_STORE_DENIED', { location: 'production', action: 'read' })
    const error = await failure('DM_PULL_BASE', () =>
      scene.pull({
        what: delta,
        open(bucket, open) {
          if (bucket === 'production') throw denied
          return open(bucket)
        },
      }),
    )
    assert.match(error.hint, "'production'")
    const gone = { ...delta, stored: [] }
    await failure('DM_STAGED_BASE', () => scene.pull({ what: gone }))
    assert.equal(await readdir(scene.folder), [])
  })
  for (const what of [compressed, delta]) {
    const key = what.places[0]?.key ?? ''
    await onBucket({ ...staged, [key]: Buffer.alloc(4_000_000, 7) }, async (scene) => {
      const error = await failure('DM_FORM_BROKEN', () => scene.pull({ what, old: second }))
      assert.equal([error.exit, error.context.key], [3, key])
      assert.ok((await readFile(scene.file)).equals(second))
    })
  }
  // Published since, it is there.
  await onBucket(published, async (scene) => {
    assert.is((await scene.pull({ what: compressed })).via, 'whole')
  })
})

test('what is to be compared comes by the same ways, up to a limit of what is downloaded', () =>
  onBucket(published, async (scene) => {
    const error = await failure('DM_DIFF_TOO_LARGE', () => scene.bring(zst.length - 1))
    assert.is(error.context.bytes, zst.length)
    const brought = await scene.bring(zst.length)
    assert.equal([brought.bytes.equals(third), brought.told], [true, [zst.length]])
    // Kept, it is not downloaded again.
    assert.equal((await scene.bring(0)).told, [])
  }))

test('what is cached of it is what it is made of, also where that is compared', () =>
  onBucket(published, async (scene) => {
    await scene.cached(second)
    const { bytes, told } = await scene.bring(deltas[1].length)
    assert.equal([bytes.equals(third), told], [true, [deltas[1].length]])
  }))

test('where no way can lead there, none but the first is tried', () =>
  onBucket(published, async (scene) => {
    for (const code of ['DM_STORE_UNAVAILABLE', 'DM_STORE_CERTIFICATE'] as const) {
      let asked = 0
      const open = (): never => {
        asked++
        throw new DmError(code, { location: 'there', reason: 'for a reason' })
      }
      await failure(code, () => scene.pull({ open }))
      assert.is(asked, 1)
    }
  }))

test('a table that is larger than what it is the table of is not read', () =>
  onBucket(published, async (scene) => {
    const store = createHttpReader({ bucket: 'production', url: 'http://127.0.0.1:9/' })
    const object = { store, key: zstKey, compressedBytes: 2 ** 22, bytes: 2 ** 52 }
    const reading = readFrames(object, 0, { onReceived: () => undefined }).next()
    assert.instance(await reading.catch((error: unknown) => error), BrokenForm)
    assert.equal(await readdir(scene.folder), [])
  }))

test('sizes that no machine has room for are refused before anything is asked for', () =>
  onBucket(published, async (scene) => {
    const [newest, ...older] = stored
    if (newest === undefined) throw new Error('there are three')
    const bytes = Number.MAX_SAFE_INTEGER
    const huge = { ...wanted, bytes, stored: [{ ...newest, bytes }, ...older] }
    await failure('DM_DISK_FULL', () => scene.pull({ what: huge, old: second }))
    // With room for it, the table alone would be too large.
    const claimed = { ...newest, compressedBytes: bytes }
    const { via } = await scene.pull({ what: { ...wanted, stored: [claimed] } })
    assert.is(via, 'whole')
  }))

test.run()
