import { execFile } from 'node:child_process'
import { cp, mkdir, readdir, readFile } from 'node:fs/promises'
import path from 'node:path'
import { promisify } from 'node:util'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { createTemoaDatabase } from '../helpers/databases.ts'
import { createRemoteAndClone } from '../helpers/git-repository.ts'
import { gitTestEnvironment } from '../helpers/git-test-environment.ts'
import { inFolder } from '../helpers/in-folder.ts'
import { packPackage } from './helpers/pack-package.ts'

const run = promisify(execFile)
const test = suite('an installation')
const root = path.join(import.meta.dirname, '../..')

/**
 * The environment of somebody who has only the machine's Node.js, also an old one: without what this
 * run of the tests adds. npm needs its user's settings and cache.
 */
const environment = {
  ...gitTestEnvironment,
  PATH: (process.env['PATH'] ?? '')
    .split(path.delimiter)
    .filter((folder) => !folder.includes('node_modules'))
    .join(path.delimiter),
  HOME: process.env['HOME'] ?? '',
  // As in CI: nobody is asked, and npm may say nothing of itself.
  CI: 'true',
}

/** Runs lines of a page as they stand there, in one shell that stops at the first failure. */
async function shell(cwd: string, lines: string): Promise<string> {
  const options = { cwd, env: environment, maxBuffer: 1e8 }
  const { stdout } = await run('bash', ['-euc', lines], options).catch(
    (error: { stderr?: string; stdout?: string }) => {
      throw new Error(`${lines}\n${error.stdout}\n${error.stderr}`, { cause: error })
    },
  )
  return stdout
}

/** The block of shell lines below a mark in a page. */
async function linesBelow(page: string, mark: string): Promise<string> {
  const text = await readFile(path.join(root, page), 'utf8')
  const [, lines] = new RegExp(`<!-- ${mark} -->\\n\\n\`\`\`sh\\n([^\`]*)\`\`\``).exec(text) ?? []
  if (lines === undefined) throw new Error(`${page} has no lines below '${mark}'`)
  return lines
}

/** The commands of the workflow that a page shows, in order. */
async function workflowLines(page: string): Promise<string[]> {
  const text = await readFile(path.join(root, page), 'utf8')
  const [, workflow = ''] = /```yaml\n(name: Publish\n[^`]*)```/.exec(text) ?? []
  assert.match(workflow, /uses: actions\/setup-node@[0-9a-f]{40}/)
  assert.match(workflow, 'node-version: 24')
  const commands = workflow.matchAll(/^ +(?:- )?run: (?:\|\n((?: {10,}.*\n)+)|(.*))/gm)
  return [...commands].map(([, block, line]) => block ?? line ?? '')
}

test('by the lines of the README, with the machine’s own Node.js, does the main job', () =>
  inFolder(async (folder) => {
    await mkdir(path.join(folder, 'datamanager'))
    await packPackage(path.join(folder, 'datamanager'))
    const storage = { type: 'folder', path: '../store' }
    const { remote, work } = await createRemoteAndClone(folder, {
      'datamanager.config.json': JSON.stringify({ storage }),
    })
    const database = await createTemoaDatabase(folder)
    await mkdir(path.join(work.folder, 'build'))
    await cp(database, path.join(work.folder, 'build/model.sqlite'))

    const install = await linesBelow('README.md', 'install')
    await shell(work.folder, install)
    const installed = await readdir(path.join(work.folder, 'node_modules'))
    // The bundle brings what it needs; only the package `node` has a dependency.
    assert.equal(
      installed.filter((name) => !name.startsWith('.') && !name.startsWith('node')),
      ['@openenergyoutlook'],
    )

    const job = (await linesBelow('README.md', 'main job')).replace('/tmp/', `${folder}/`)
    assert.match(await shell(work.folder, job), 'model.sqlite  production  v1')
    await shell(folder, `cmp '${database}' model.sqlite`)
    assert.is(await work.git('status', '--porcelain'), '')

    // The second version is published by the workflow, in a shallow clone as CI makes it.
    const second = await createTemoaDatabase(folder, 'second.sqlite', 7)
    await shell(
      work.folder,
      `git pull -q --no-rebase; npx dm prepare model.sqlite '${second}' -q; git pull -q --no-edit origin data/model-v2; git push -q`,
    )
    const clone = path.join(folder, 'runner')
    await shell(folder, `git clone -q --depth 1 'file://${remote.folder}' runner`)
    const commands = await workflowLines('docs/data-repository.md')
    assert.ok(commands.some((command) => command.includes('npm ci')))
    let last = ''
    for (const command of commands) last = await shell(clone, command)
    const [published] = (JSON.parse(last) as { published: { version: string }[] }).published
    assert.is(published?.version, 'v2')
    await shell(work.folder, `npx dm pull model.sqlite -o '${folder}/v2.sqlite'`)
    await shell(folder, `cmp '${second}' v2.sqlite`)
  }))

test.run()
