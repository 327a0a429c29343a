import type { ChildProcess } from 'node:child_process'
import { stat } from 'node:fs/promises'
import path from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { openBucket, restoreBuckets, type S3Access } from '../helpers/buckets.ts'
import { createDataRepository } from '../helpers/data-repository.ts'
import { dm, dmJson, type DmRun } from '../helpers/dm.ts'
import { type Fault, startFaultProxy } from '../helpers/fault-proxy.ts'
import { inFolder } from '../helpers/in-folder.ts'
import { createLargeDatabase } from '../helpers/large-database.ts'
import { s3Config, s3Environment } from '../helpers/s3-config.ts'
import { hashObject } from '../../lib/store/read-object.ts'
import { ceph } from './helpers/ceph.ts'

const test = suite('an upload that was stopped')

const MIB = 1024 * 1024
const PART_BYTES = 16 * MIB

interface Scene {
  readonly access: S3Access
  /** Size of the file in bytes. */
  readonly size: number
  /** The run that was stopped when its ninth part began: at least five were sent by then. */
  readonly stopped: DmRun
  /** The same command once more, with nothing in its way. */
  readonly again: () => Promise<Record<string, unknown>>
}

/** Prepares a database of more than 200 MiB with a developer's key, and stops that by a signal. */
async function onStopped(
  signal: 'SIGKILL' | 'SIGINT',
  fault: Fault | null,
  body: (scene: Scene) => Promise<void>,
): Promise<void> {
  await inFolder(async (folder) => {
    const { endpoint, region, developer, publisher } = ceph()
    const access = { endpoint, region, credentials: publisher }
    await restoreBuckets(access, [])
    const { work } = await createDataRepository(folder)
    const file = await createLargeDatabase(path.join(folder, 'large.sqlite'), 210)
    const { size } = await stat(file)
    assert.ok(size > 200 * MIB, `${size}`)
    let child: ChildProcess | undefined
    const proxy = await startFaultProxy(endpoint, (operation, nth) => {
      if (operation !== 'UploadPart' || nth !== 9) return null
      child?.kill(signal)
      return fault
    })
    try {
      await work.write({ 'datamanager.config.json': s3Config(proxy.endpoint, region) })
      const env = s3Environment(developer)
      const prepare = ['prepare', 'large.sqlite', file]
      const stopped = await dm(work.folder, prepare, { env, onStart: (one) => (child = one) })
      await body({ access, size, stopped, again: () => dmJson(work.folder, prepare, { env }) })
    } finally {
      await proxy.stop()
      await restoreBuckets(access, [])
    }
  })
}

test('killed, it goes on and sends only what was missing', () =>
  onStopped(
    'SIGKILL',
    { kind: 'cut-request', afterBytes: 0 },
    async ({ access, size, stopped, again }) => {
      assert.is(stopped.exit, 'SIGKILL')
      const second = await again()
      const { bytes, sentBytes, key } = second['staged'] as Record<string, number>
      assert.is(bytes, size)
      assert.ok((sentBytes ?? size) <= size - 5 * PART_BYTES, `sent ${sentBytes} of ${size}`)
      assert.ok((sentBytes ?? 0) > 0)
      assert.match(JSON.stringify(second['notices']), 'Continuing an earlier upload')
      const stored = await hashObject(openBucket(access, 'staging'), String(key))
      assert.is(stored.sha256, second['sha256'])
      assert.is(((await again())['staged'] as { sentBytes: number }).sentBytes, 0)
    },
  ))

test('interrupted, it ends in good order with 130, says what remains, and goes on', () =>
  onStopped('SIGINT', null, async ({ size, stopped, again }) => {
    assert.is(stopped.exit, 130)
    assert.match(stopped.stderr, 'Not done: Upload to staging; Commit the proposal')
    assert.match(stopped.stderr, 'Run the same command again')
    const { sentBytes } = (await again())['staged'] as { sentBytes: number }
    assert.ok(sentBytes <= size - 4 * PART_BYTES, `sent ${sentBytes} of ${size}`)
  }))

test.run()
