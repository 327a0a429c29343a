import { spawn, type ChildProcess } from 'node:child_process'
import { hash } from 'node:crypto'
import { once } from 'node:events'
import { readdir, readFile, rm, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { text } from 'node:stream/consumers'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { listBuckets, openBucket, restoreBuckets } from '../helpers/buckets.ts'
import { inFolder } from '../helpers/in-folder.ts'
import { ceph } from './helpers/ceph.ts'

const test = suite('npm run bench')
const program = path.join(import.meta.dirname, '../../scripts/bench.ts')
const { endpoint, region, publisher } = ceph()
const access = { endpoint, region, credentials: publisher }

function bench(folder: string, args: readonly string[]): ChildProcess {
  const env = {
    ...process.env,
    TMPDIR: folder,
    AWS_ACCESS_KEY_ID: publisher.accessKeyId,
    AWS_SECRET_ACCESS_KEY: publisher.secretAccessKey,
  }
  const all = [program, '--store', endpoint, '--size', '4MiB', '--runs', '1', ...args]
  return spawn(process.execPath, all, { env, stdio: ['ignore', 'pipe', 'pipe'] })
}

test('a run measures what was asked for, and leaves nothing', () =>
  inFolder(async (folder) => {
    await restoreBuckets(access, [])
    const child = bench(folder, ['--only', 'next,update,pull', '--line', 'loopback'])
    const [[exit], printed, told] = await Promise.all([
      once(child, 'exit') as Promise<[number]>,
      text(child.stdout as NodeJS.ReadableStream),
      text(child.stderr as NodeJS.ReadableStream),
    ])
    assert.is(exit, 0, told)
    const rows = printed.split('\n').filter((line) => /^\| (update|pull|next) \|/.test(line))
    const who = rows.map((row) => row.split(' | ').slice(0, 3).join())
    assert.ok(who.includes('| update,loopback,dm'), who.join('\n'))
    assert.ok(who.includes('| next,loopback,dm'), who.join('\n'))
    // Where nothing is at hand, nothing is left from the runs before.
    assert.not.match(rows.join('\n'), '| cache |')
    for (const row of rows) assert.match(row, /\| \d+\.\d+ \|.* [KM]iB \|/)
    assert.not.match(printed, /127\.0\.0\.1|\/tmp|memory:/)
    assert.equal(await listBuckets(access), [])
    assert.equal(await readdir(folder), [])
  }))

test('Ctrl+C ends what runs and removes what was made', () =>
  inFolder(async (folder) => {
    await restoreBuckets(access, [])
    const child = bench(folder, ['--only', 'forms'])
    const ended = once(child, 'exit')
    // It has put the first version into the store by then.
    for await (const said of child.stderr as AsyncIterable<Buffer>) {
      if (said.toString().includes('forms: prepare')) break
    }
    child.kill('SIGINT')
    assert.equal(await ended, [130, null])
    assert.equal(await listBuckets(access), [])
    assert.equal(await readdir(folder), [])
    const children = `/proc/${process.pid}/task/${process.pid}/children`
    assert.is((await readFile(children, 'utf8')).trim(), '')
  }))

test('buckets that hold something are left alone', () =>
  inFolder(async (folder) => {
    await restoreBuckets(access, [])
    const theirs = path.join(folder, 'theirs')
    await writeFile(theirs, 'theirs')
    await openBucket(access, 'production').put('theirs', theirs, {
      stamp: { sha256: hash('sha256', 'theirs') },
    })
    await rm(theirs)
    const child = bench(folder, ['--only', 'update'])
    const [[exit], told] = await Promise.all([
      once(child, 'exit') as Promise<[number]>,
      text(child.stderr as NodeJS.ReadableStream),
    ])
    assert.is(exit, 1)
    assert.match(told, /the buckets hold objects that are not ours: production\/theirs/)
    assert.is((await listBuckets(access)).length, 1)
    assert.equal(await readdir(folder), [])
    await restoreBuckets(access, [])
  }))

test.run()
