import type { ChildProcess } from 'node:child_process'
import { stat } from 'node:fs/promises'
import path from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { openBucket, restoreBuckets } from '../helpers/buckets.ts'
import { createDataRepository } from '../helpers/data-repository.ts'
import { dm, dmJson } from '../helpers/dm.ts'
import { startFaultProxy } from '../helpers/fault-proxy.ts'
import { inFolder } from '../helpers/in-folder.ts'
import { createLargeDatabase } from '../helpers/large-database.ts'
import { s3Config, s3Environment } from '../helpers/s3-config.ts'
import { hashObject } from '../../lib/store/hash-object.ts'
import { ceph } from './helpers/ceph.ts'

const test = suite('a killed upload')

const MIB = 1024 * 1024
const PART_BYTES = 16 * MIB

test('an upload of 200 MiB that was killed goes on and sends only what was missing', () =>
  inFolder(async (folder) => {
    const { endpoint, region, developer, publisher } = ceph()
    const access = { endpoint, region, credentials: publisher }
    await restoreBuckets(access, [])
    const { work } = await createDataRepository(folder)
    const file = await createLargeDatabase(path.join(folder, 'large.sqlite'), 210)
    const { size } = await stat(file)
    assert.ok(size > 200 * MIB, `${size}`)

    let child: ChildProcess | undefined
    // With four parts under way at once, at least five are there when the ninth begins.
    const proxy = await startFaultProxy(endpoint, (operation, nth) => {
      if (operation !== 'UploadPart' || nth !== 9 || child === undefined) return null
      child.kill('SIGKILL')
      return { kind: 'cut-request', afterBytes: 0 }
    })
    try {
      await work.write({ 'datamanager.config.json': s3Config(proxy.endpoint, region) })
      const env = s3Environment(developer)
      const prepare = ['prepare', 'large.sqlite', file]
      const killed = await dm(work.folder, prepare, { env, onStart: (one) => (child = one) })
      assert.is(killed.exit, 'SIGKILL')
      child = undefined
      const again = await dmJson(work.folder, prepare, { env })
      const { bytes, sentBytes, key } = again['staged'] as Record<string, number>
      assert.is(bytes, size)
      assert.ok((sentBytes ?? size) <= size - 5 * PART_BYTES, `sent ${sentBytes} of ${size}`)
      assert.ok((sentBytes ?? 0) > 0)
      assert.match(String(again['notices']), 'Continuing an earlier upload')
      const stored = await hashObject(openBucket(access, 'staging'), String(key))
      assert.is(stored.sha256, again['sha256'])
      const third = await dmJson(work.folder, prepare, { env })
      assert.is((third['staged'] as { sentBytes: number }).sentBytes, 0)
    } finally {
      await proxy.stop()
      await restoreBuckets(access, [])
    }
  }))

test('SIGINT during an upload ends in good order: 130, what remains is said, and it goes on', () =>
  inFolder(async (folder) => {
    const { endpoint, region, developer, publisher } = ceph()
    const access = { endpoint, region, credentials: publisher }
    await restoreBuckets(access, [])
    const { work } = await createDataRepository(folder)
    const file = await createLargeDatabase(path.join(folder, 'large.sqlite'), 210)
    const { size } = await stat(file)
    let child: ChildProcess | undefined
    const proxy = await startFaultProxy(endpoint, (operation, nth) => {
      if (operation === 'UploadPart' && nth === 9) child?.kill('SIGINT')
      return null
    })
    try {
      await work.write({ 'datamanager.config.json': s3Config(proxy.endpoint, region) })
      const env = s3Environment(developer)
      const prepare = ['prepare', 'large.sqlite', file]
      const stopped = await dm(work.folder, prepare, { env, onStart: (one) => (child = one) })
      assert.is(stopped.exit, 130)
      assert.match(stopped.stderr, 'Not done: Upload to staging; Commit the proposal')
      assert.match(stopped.stderr, 'Run the same command again')
      child = undefined
      const again = await dmJson(work.folder, prepare, { env })
      const { sentBytes } = again['staged'] as { sentBytes: number }
      assert.ok(sentBytes <= size - 4 * PART_BYTES, `sent ${sentBytes} of ${size}`)
    } finally {
      await proxy.stop()
      await restoreBuckets(access, [])
    }
  }))

test.run()
