import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmod, chown, mkdir, readdir, stat, symlink, utimes, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { makeScratch } from '../../../lib/files/scratch.ts'
import { failure } from '../../helpers/failure.ts'
import { inFolder } from '../../helpers/in-folder.ts'

const test = suite('a folder for one run')
const root = path.join(import.meta.dirname, '../../..')

/** Runs a process that makes its scratch in a place, tells it, and goes on as said; waits for its end. */
async function runElsewhere(place: string, then: string, kill?: NodeJS.Signals): Promise<string> {
  const source = `
    import { writeFile } from 'node:fs/promises'
    import { makeScratch } from './lib/files/scratch.ts'
    const { path } = await makeScratch(${JSON.stringify(place)})
    await writeFile(path + '/x', 'x')
    console.log(path)
    ${then}`
  const child = spawn(process.execPath, ['--input-type=module', '--eval', source], { cwd: root })
  const ended = once(child, 'exit')
  const [told] = (await once(child.stdout, 'data')) as [Buffer]
  if (kill !== undefined) child.kill(kill)
  await ended
  return told.toString().trim()
}

/** The first in a place: what lies there has been looked through then. */
async function sweep(place: string): Promise<void> {
  const { remove } = await makeScratch(place)
  await remove()
}

test('is for its owner alone, and goes with what is in it, at the latest when the process ends', () =>
  inFolder(async (place) => {
    const { path: made, remove } = await makeScratch(place)
    assert.is(path.dirname(made), place)
    assert.is((await stat(made)).mode & 0o777, 0o700)
    await mkdir(path.join(made, 'deep'))
    await writeFile(path.join(made, 'deep/x'), 'x')
    await remove()
    await remove()
    assert.equal(await readdir(place), [])
    await Promise.all([
      runElsewhere(place, 'process.exit(1)'),
      runElsewhere(
        place,
        `setTimeout(() => { throw new Error('x') }); await new Promise(() => {})`,
      ),
    ])
    assert.equal(await readdir(place), [])
  }))

test('of a run that was killed it is removed by the next one, of a living one it is not', () =>
  inFolder(async (place) => {
    const { path: ours, remove } = await makeScratch(place)
    const left = await runElsewhere(place, 'setInterval(() => {}, 1000)', 'SIGKILL')
    assert.equal(
      (await readdir(place)).toSorted(),
      [ours, left].map((one) => path.basename(one)).toSorted(),
    )
    await runElsewhere(place, '')
    assert.equal(await readdir(place), [path.basename(ours)])
    await remove()
  }))

/** What has the form of a folder that a run left, made in a place that nobody has looked through. */
async function imitate(place: string): Promise<Record<'gone' | 'other' | 'reused', string>> {
  const elsewhere = path.join(place, 'elsewhere')
  await mkdir(elsewhere)
  const { path: made, remove } = await makeScratch(elsewhere)
  await remove()
  const [, , machine = '', pid = '', began = ''] = path.basename(made).split('-')
  // Linux gives no process an id above 2^22.
  const names = {
    gone: `dm-scratch-${machine}-4194305-${began}-abcdef`,
    other: `dm-scratch-${machine === '00000000' ? '1' : '0'}0000000-4194305-${began}-abcdef`,
    reused: `dm-scratch-${machine}-${pid}-1-abcdef`,
  }
  const entries = Object.entries(names).map(([key, name]) => [key, path.join(place, name)])
  return Object.fromEntries(entries) as typeof names
}

const isThere = (file: string): Promise<boolean> =>
  stat(file).then(
    () => true,
    () => false,
  )

test('of a process whose id another one has now it is removed', () =>
  inFolder(async (place) => {
    const { reused } = await imitate(place)
    await mkdir(reused, { mode: 0o700 })
    await sweep(place)
    assert.is(await isThere(reused), false)
  }))

test('of another machine it is removed when nothing in it has changed for three days', () =>
  inFolder(async (place) => {
    const { other } = await imitate(place)
    const old = other.replace('abcdef', 'ghijkl')
    for (const one of [other, old]) await mkdir(one, { mode: 0o700 })
    // Nobody can put back the time of the last change of status: the clock goes on instead.
    const { now } = Date
    await utimes(other, new Date(), new Date(now() + 3_600_000))
    Date.now = () => now() + 3 * 24 * 3_600_000 + 1_800_000
    try {
      await sweep(place)
    } finally {
      Date.now = now
    }
    assert.equal(await Promise.all([other, old].map(isThere)), [true, false])
  }))

test('is never a link, nothing that others may use, and nobody else’s', () =>
  inFolder(async (place) => {
    const { gone } = await imitate(place)
    const precious = path.join(place, 'precious')
    await mkdir(precious, { mode: 0o700 })
    await writeFile(path.join(precious, 'x'), 'x')
    await symlink(precious, gone)
    const open = gone.replace('abcdef', 'opened')
    await mkdir(open)
    await chmod(open, 0o755)
    const file = gone.replace('abcdef', 'a_file')
    await writeFile(file, 'x', { mode: 0o600 })
    const foreign = gone.replace('abcdef', 'foreig')
    await mkdir(foreign, { mode: 0o700 })
    // Only root can give a folder away.
    if (process.getuid?.() === 0) await chown(foreign, 12_345, 12_345)
    await sweep(place)
    const kept = [gone, path.join(precious, 'x'), open, file]
    if (process.getuid?.() === 0) kept.push(foreign)
    for (const one of kept) assert.ok(await isThere(one), one)
  }))

test('is looked for only where nobody else could put a link in its place meanwhile', () =>
  inFolder(async (folder) => {
    const places = [
      [0o777, true],
      [0o1777, false],
    ] as const
    for (const [mode, stays] of places) {
      const place = path.join(folder, mode.toString(8))
      await mkdir(place)
      const { gone } = await imitate(place)
      await mkdir(gone, { mode: 0o700 })
      await chmod(place, mode)
      await sweep(place)
      assert.is(await isThere(gone), stays, mode.toString(8))
    }
  }))

test('where there is no place for it, that is said', () =>
  inFolder(async (folder) => {
    const { message } = await failure('DM_SCRATCH_UNUSABLE', () =>
      makeScratch(path.join(folder, 'none')),
    )
    assert.match(message, 'none, cannot be used: ENOENT')
  }))

test.run()
