import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmod, open, readdir, readFile, stat, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { createTemoaDatabase } from '../helpers/databases.ts'
import { dmFailure, dmJson } from '../helpers/dm-here.ts'
import { createRepository } from '../helpers/git-repository.ts'
import { gitTestEnvironment } from '../helpers/git-test-environment.ts'
import { inFolder } from '../helpers/in-folder.ts'

const test = suite('dm pull: where it goes')
const program = path.join(import.meta.dirname, '../../lib/cli/bin.cjs')

interface Scene {
  readonly folder: string
  /** A data repository without a remote. */
  readonly work: string
  /** Published as v1 of model.sqlite. */
  readonly content: Buffer
}

function onPublished(body: (scene: Scene) => Promise<void>): Promise<void> {
  return inFolder(async (folder) => {
    const work = path.join(folder, 'work')
    const { git, commit } = await createRepository(work)
    await commit('Begin', { 'manifest.json': '[]\n' })
    const file = await createTemoaDatabase(folder, 'model.sqlite', 5000)
    await writeFile(path.join(work, 'datamanager.config.json'), '{"compression": false}')
    await dmJson(work, ['prepare', 'model.sqlite', file])
    await git('merge', '--quiet', 'data/model-v1')
    await dmJson(work, ['publish'])
    await body({ folder, work, content: await readFile(file) })
  })
}

/** Runs `dm pull model.sqlite -o - …` with stdout on a file. */
async function pullInto(
  file: string,
  { work, folder }: Scene,
  ...args: string[]
): Promise<{ exit: number; stderr: string; left: string[] }> {
  const handle = await open(file, 'w')
  const temporary = path.join(folder, `tmp-${path.basename(file)}`)
  const words = [process.execPath, program, 'pull', 'model.sqlite', '-o', '-']
  const child = spawn('sh', ['-c', 'mkdir -p "$TMPDIR"; exec "$@"', 'sh', ...words, ...args], {
    cwd: work,
    env: { ...gitTestEnvironment, TMPDIR: temporary },
    stdio: ['ignore', handle.fd, 'pipe'],
  })
  let stderr = ''
  child.stderr?.on('data', (chunk: Buffer) => (stderr += chunk.toString()))
  const [exit] = (await once(child, 'close')) as [number]
  await handle.close()
  return { exit, stderr, left: await readdir(temporary) }
}

test('to stdout, into folders, and over a file that keeps its permissions', () =>
  onPublished(async (scene) => {
    const { folder, work, content } = scene
    const received = path.join(folder, 'received')
    const sent = await pullInto(received, scene)
    assert.equal([sent.exit, sent.left], [0, []])
    assert.ok((await readFile(received)).equals(content))
    assert.match(sent.stderr, /model\.sqlite v1: stdout .*\n {2}SHA-256/)
    const full = await pullInto('/dev/full', scene, '-q')
    assert.equal([full.exit, full.left, full.stderr.match(/\[DM_/g)?.length], [1, [], 1])
    const pull = ['pull', 'model.sqlite', '-o']
    const both = await dmFailure(work, [...pull, '-'], { exit: 2, code: 'DM_USAGE' })
    assert.match(both.message, '--json')

    const made = await dmJson(work, [...pull, `${folder}/new/deep/`])
    const file = path.join(folder, 'new/deep/model.sqlite')
    assert.equal([made['path'], made['via']], [file, 'whole'])
    assert.ok((await readFile(file)).equals(content))
    const there = await dmJson(work, [...pull, path.dirname(file)])
    assert.equal([there['path'], there['via'], there['receivedBytes']], [file, 'present', 0])
    await writeFile(file, 'old')
    await chmod(file, 0o600)
    await dmJson(work, [...pull, file])
    assert.is((await stat(file)).mode & 0o777, 0o600)
    await writeFile(`${file}-wal`, 'frames')
    const stale = { exit: 3, code: 'DM_DESTINATION_STALE' }
    assert.not.match((await dmFailure(work, [...pull, file], stale)).hint, 'remove')
  }))

test.run()
