import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { restoreBuckets } from '../helpers/buckets.ts'
import { createDataRepository } from '../helpers/data-repository.ts'
import { dm } from '../helpers/dm.ts'
import { inFolder } from '../helpers/in-folder.ts'
import { createLargeDatabase } from '../helpers/large-database.ts'
import { s3Config, s3Environment } from '../helpers/s3-config.ts'
import { ceph } from './helpers/ceph.ts'

const test = suite('memory')

/** The most that a process has had in memory so far, in bytes, by the kernel's own count. */
async function peakOf(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '')
  return Number(/VmHWM:\s+(\d+) kB/.exec(status)?.[1] ?? 0) * 1024
}

test('prepare, publish and pull of 1 GiB stay under 250 MB each', () =>
  inFolder(async (folder) => {
    const { endpoint, region, publisher } = ceph()
    const access = { endpoint, region, credentials: publisher }
    await restoreBuckets(access, [])
    const { work, merge } = await createDataRepository(folder)
    await work.write({ 'datamanager.config.json': s3Config(endpoint, region) })
    const file = await createLargeDatabase(path.join(folder, 'large.sqlite'), 1075)
    const output = path.join(folder, 'pulled.sqlite')
    try {
      for (const args of [
        ['prepare', 'large.sqlite', file],
        ['publish'],
        ['pull', 'large.sqlite', '-o', output],
      ]) {
        let peak = 0
        let timer: NodeJS.Timeout | undefined
        const run = await dm(work.folder, args, {
          env: s3Environment(publisher),
          onStart: ({ pid = 0 }) => {
            timer = setInterval(() => {
              void peakOf(pid).then((bytes) => (peak = Math.max(peak, bytes)))
            }, 50)
          },
        })
        clearInterval(timer)
        assert.is(run.exit, 0, run.stderr)
        assert.ok(peak > 30e6, `measured only ${peak}`)
        assert.ok(peak < 250e6, `${args[0]}: ${Math.round(peak / 1e6)} MB`)
        if (args[0] === 'prepare') await merge('data/large-v1')
      }
    } finally {
      await restoreBuckets(access, [])
    }
  }))

test.run()
