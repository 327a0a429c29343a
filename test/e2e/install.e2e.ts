import { execFile } from 'node:child_process'
import { cp, mkdir, readdir, readFile } from 'node:fs/promises'
import path from 'node:path'
import { promisify } from 'node:util'
import { defaultLoaders } from 'cosmiconfig'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { openBucket, restoreBuckets, type S3Access } from '../helpers/buckets.ts'
import { createTemoaDatabase } from '../helpers/databases.ts'
import { createRemoteAndClone } from '../helpers/git-repository.ts'
import { gitTestEnvironment } from '../helpers/git-test-environment.ts'
import { inFolder } from '../helpers/in-folder.ts'
import { ceph, type CephKey } from './helpers/ceph.ts'
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
async function shell(
  cwd: string,
  lines: string,
  env: Readonly<Record<string, string>> = {},
): Promise<string> {
  const options = { cwd, env: { ...environment, ...env }, maxBuffer: 1e8 }
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

interface Step {
  readonly name?: string
  readonly run?: string
  readonly if?: string
}

/** The steps of a workflow that init wrote. */
async function stepsOf(folder: string, name: string): Promise<Step[]> {
  const file = path.join(folder, `.github/workflows/${name}.yml`)
  const text = await readFile(file, 'utf8')
  const workflow = defaultLoaders['.yml'](file, text) as { jobs: Record<string, { steps: Step[] }> }
  return Object.values(workflow.jobs).flatMap(({ steps }) => steps)
}

/** A fresh clone of one commit, as CI makes it. */
async function shallowClone(remote: string, folder: string): Promise<string> {
  await shell(path.dirname(folder), `git clone -q --depth 1 'file://${remote}' '${folder}'`)
  return folder
}

test('by the lines of the README, with the machine’s own Node.js, does the main job', () =>
  inFolder(async (folder) => {
    await mkdir(path.join(folder, 'datamanager'))
    await packPackage(path.join(folder, 'datamanager'))
    const storage = { type: 'folder', path: '../store' }
    const { work } = await createRemoteAndClone(folder, {
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
  }))

test('from an empty folder, does the main job with nothing but this machine', () =>
  inFolder(async (folder) => {
    await mkdir(path.join(folder, 'datamanager'))
    await packPackage(path.join(folder, 'datamanager'))
    const work = path.join(folder, 'our data')
    await mkdir(path.join(work, 'build'), { recursive: true })
    const database = await createTemoaDatabase(folder)
    await cp(database, path.join(work, 'build/model.sqlite'))
    const identity =
      'export GIT_CONFIG_COUNT=2 GIT_CONFIG_KEY_0=user.name GIT_CONFIG_VALUE_0=Ada GIT_CONFIG_KEY_1=user.email GIT_CONFIG_VALUE_1=ada@example.org\n'
    const lines = await linesBelow('README.md', 'first dataset')
    assert.match(await shell(work, identity + lines), 'model.sqlite')
    await shell(work, `npx dm pull model.sqlite -o '${folder}/pulled.sqlite'`)
    await shell(folder, `cmp '${database}' pulled.sqlite`)
    assert.match(await shell(work, 'git ls-files'), 'vendor/openenergyoutlook-datamanager-')
    assert.match(await shell(work, 'npx dm init --yes --json'), '"written":[]')
  }))

test('with buckets and workflows, what was merged is published, cleaned and audited by them', () =>
  inFolder(async (folder) => {
    const { endpoint, region, developer, publisher } = ceph()
    const access: S3Access = { endpoint, region, credentials: publisher }
    await restoreBuckets(access, [])
    const packed = await packPackage(folder)
    const { remote, work } = await createRemoteAndClone(folder, { 'README.md': 'Ours\n' })
    const names = ['staging', 'production', 'internal'].map((name) => `--${name} ${name}`).join(' ')
    const storage = `--storage s3 --endpoint '${endpoint}' --region '${region}'`
    await shell(
      work.folder,
      `npx --yes --package node@24 --package '${packed}' -- dm init --yes --github ${storage} ${names}
       npm install
       git add . && git commit -qm 'Set up' && git push -q`,
    )
    const database = await createTemoaDatabase(folder)
    const asDeveloper = keysOf(developer)
    await shell(work.folder, `npx dm verify && npx dm prepare m.sqlite '${database}'`, asDeveloper)
    await shell(work.folder, 'git pull -q --no-rebase --no-edit origin data/m-v1 && git push -q')

    const runner = await shallowClone(remote.folder, path.join(folder, 'publishing'))
    let last = ''
    for (const { run: line } of await stepsOf(runner, 'publish')) {
      if (line !== undefined) last = await shell(runner, line, keysOf(publisher))
    }
    const [published] = (JSON.parse(last) as { published: { version: string; key: string }[] })
      .published
    assert.is(published?.version, 'v1')
    await shell(work.folder, `npx dm pull m.sqlite -o '${folder}/pulled.sqlite'`, asDeveloper)
    await shell(folder, `cmp '${database}' pulled.sqlite`)

    const again = await shallowClone(remote.folder, path.join(folder, 'weekly'))
    const output = path.join(folder, 'output')
    const asRunner = { ...keysOf(publisher), GITHUB_OUTPUT: output }
    const [cleaning, auditing] = [await stepsOf(again, 'cleanup'), await stepsOf(again, 'audit')]
    const lines = [...cleaning, ...auditing].filter((step) => step.if === undefined)
    for (const { run: line } of lines) if (line !== undefined) await shell(again, line, asRunner)
    assert.is(await readFile(output, 'utf8'), 'code=0\n')

    const bucket = openBucket(access, 'production')
    await bucket.remove(published?.key ?? '')
    const audit = auditing.find(({ name }) => name === 'Audit')?.run ?? ''
    const failed = await shell(again, audit, asRunner).catch((error: Error) => error.message)
    assert.match(failed, 'm.sqlite')
    assert.match(await readFile(output, 'utf8'), 'code=3\n')
    // GitHub itself is not here: a program in its place says what it was asked.
    const issue = auditing.find((step) => step.if !== undefined)
    assert.is(issue?.if, "failure() && steps.audit.outputs.code == '3'")
    const asked = path.join(folder, 'asked')
    const gh = `gh() { echo "$@" >> '${asked}'; [ "$2" = create ] || echo "\${OPEN:-}"; }\n`
    const lines3 = gh + (issue?.run ?? '')
    await shell(folder, lines3, { RUN: 'https://example.org/1' })
    const told = await readFile(asked, 'utf8')
    assert.match(
      told,
      /issue create --title dm audit found .* --body What it is: https:\/\/example.org\/1/,
    )
    const [, title = ''] = /title='(.*)'/.exec(issue?.run ?? '') ?? []
    await shell(folder, lines3, { RUN: 'https://example.org/2', OPEN: title })
    assert.not.match(await readFile(asked, 'utf8'), 'example.org/2')
  }))

/** The keys as the workflows of a service other than R2 name them. */
function keysOf({ accessKeyId, secretAccessKey }: CephKey): Record<string, string> {
  return { AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey }
}

test.run()
