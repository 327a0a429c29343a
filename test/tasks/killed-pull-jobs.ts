import { mkdir, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { companionKey, stagingKey } from '../../lib/manifest/keys.ts'
import { compressZst } from '../../lib/transfer/zst/compress.ts'
import { openBucket, restoreBuckets, type S3Access, saveBuckets } from '../helpers/buckets.ts'
import { createDataRepository, type TestEntry } from '../helpers/data-repository.ts'
import { dataset, owner, published } from '../lib/publication/scene.ts'
import { sampleBytes } from '../lib/store/conformance/store-fixture.ts'
import {
  chunksOf,
  collect,
  deltaOf,
  PAGE,
  pagesOf,
  sha256,
} from '../lib/transfer/delta/page-files.ts'
import type { Job } from './kill-at-every-request.ts'

/** What is pulled: as it is, compressed, a delta of what is there, or a delta that waits in staging. */
export type PullForm = 'whole' | 'compressed' | 'delta' | 'staged'

/** So many that the compressed form is read by ranges. */
const PAGES = 3500

/** Of pages that can hardly be compressed; the `changed` first ones differ from version to version. */
function version(changed: number): Buffer {
  const noise = sampleBytes(PAGES * PAGE)
  const pages = pagesOf(Array.from({ length: PAGES }, (_, index) => index))
  for (let at = 0; at < PAGES; at++) noise.copy(pages, at * PAGE + 100, at * PAGE, at * PAGE + 400)
  for (let at = 1; at <= changed; at++) pages.fill(changed, at * PAGE + 100, at * PAGE + 200)
  return pages
}

let made: readonly [Buffer, Buffer, Buffer] | undefined

function versions(): readonly [Buffer, Buffer, Buffer] {
  return (made ??= [version(0), version(1), version(2)])
}

/** The hash of what comes. */
export function pulledHash(form: PullForm): string {
  const [, second, third] = versions()
  return sha256(form === 'staged' ? third : second)
}

function entryOf(name: string, bytes: Buffer, fields: Partial<TestEntry> = {}): TestEntry {
  const hash = sha256(bytes)
  const key = `model/${name}-${hash}.sqlite`
  return published('model', name, {
    sha256: hash,
    bytes: bytes.length,
    r2_object_key: key,
    ...fields,
  })
}

/** `dm pull` over an older version. */
export async function pullJob(folder: string, access: S3Access, form: PullForm): Promise<Job> {
  await restoreBuckets(access, [])
  const [first, second, third] = versions()
  const put = async (bucket: string, key: string, bytes: Buffer): Promise<void> => {
    const file = path.join(folder, 'bytes')
    await writeFile(file, bytes)
    const stamp = {
      sha256: sha256(bytes),
      ...(bucket === 'staging' ? { bucket: 'production' } : {}),
    }
    await openBucket(access, bucket).put(key, file, { stamp })
  }
  const one = entryOf('v1', first)
  const two = entryOf('v2', second)
  const history = [two, one]
  await put('production', one.r2_object_key, first)
  await put('production', two.r2_object_key, second)
  if (form === 'compressed' || form === 'delta') {
    const zst = await collect(compressZst(chunksOf(second), { level: 1 }))
    await put('production', companionKey(two.r2_object_key, { kind: 'zst' }), zst)
    two['compressedBytes'] = zst.length
  }
  if (form === 'delta') {
    const { delta } = await deltaOf(folder, first, second)
    const beside = { kind: 'delta', base: one.sha256 } as const
    await put('production', companionKey(two.r2_object_key, beside), delta)
    two['delta'] = { from: one.sha256, bytes: delta.length }
  }
  if (form === 'staged') {
    const { delta } = await deltaOf(folder, second, third)
    const waiting = { form: 'delta', base: two.sha256 } as const
    const key = stagingKey(owner, 'production', sha256(third), waiting)
    await put('staging', key, delta)
    history.unshift(entryOf('v3', third, { commit: 'pending-merge', staging_key: key }))
  }
  const template = path.join(folder, 'template')
  const manifest = `${JSON.stringify([dataset('model', history)], null, 2)}\n`
  await createDataRepository(template, { 'manifest.json': manifest })
  await mkdir(path.join(template, 'pulled'))
  await writeFile(path.join(template, 'pulled/model.sqlite'), first)
  return {
    access,
    template,
    folder,
    buckets: await saveBuckets(access, path.join(folder, 'objects')),
    command: [
      'pull',
      'model.sqlite',
      '-o',
      '../pulled/',
      ...(form === 'staged' ? ['--ref', 'main'] : []),
    ],
  }
}
