import { access, chmod, lstat, mkdir, readFile, symlink, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { defaultLoaders } from 'cosmiconfig'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { loadConfig } from '../../lib/config/load-config.ts'
import type { ResolvedConfig } from '../../lib/config/types.ts'
import { dmHere, dmJson, runHere } from '../helpers/dm-here.ts'
import {
  createRemoteAndClone,
  createRepository,
  testRepository,
} from '../helpers/git-repository.ts'
import { filesIn } from '../helpers/files.ts'
import { inFolder } from '../helpers/in-folder.ts'
import { dmOnTerminal, keys, type Reply } from '../helpers/terminal.ts'
import { withoutPrivileges } from '../helpers/without-privileges.ts'

const test = suite('dm init')

const r2 = ['--storage', 'r2', '--account-id', 'abc123', '--production', 'our-data', '--github']

interface Told {
  written: { path: string; created: boolean; added: string }[]
  kept: { path: string; wanted: string | null }[]
  next: string[]
  notices?: unknown[]
}

async function init(folder: string, ...args: string[]): Promise<Told> {
  return (await dmJson(folder, ['init', ...args])) as unknown as Told
}

function read(...place: string[]): Promise<string> {
  return readFile(path.join(...place), 'utf8')
}

function configOf(root: string): Promise<ResolvedConfig> {
  return loadConfig(path.join(root, 'datamanager.config.ts'), { root, env: {} })
}

test('writes all that a data repository with buckets needs, once', () =>
  inFolder(async (folder) => {
    const would = await init(folder, ...r2, '--dry-run')
    assert.equal(await filesIn(folder), [])
    const { written, next } = await init(folder, ...r2)
    assert.equal(written, would.written)
    const files = [
      '.env.example',
      '.github/workflows/audit.yml',
      '.github/workflows/check.yml',
      '.github/workflows/cleanup.yml',
      '.github/workflows/publish.yml',
      '.gitignore',
      'datamanager.config.ts',
      'manifest.json',
      'package.json',
    ]
    assert.equal(await filesIn(folder), files)
    assert.is(await read(folder, 'manifest.json'), '[]\n')
    assert.is(await read(folder, '.gitignore'), 'node_modules/\n.env\n*.sqlite\n')
    assert.match(
      await read(folder, '.env.example'),
      /^#.*\nR2_ACCESS_KEY_ID=\nR2_SECRET_ACCESS_KEY=\n$/,
    )
    const { storage, buckets } = await configOf(folder)
    const endpoint = 'https://abc123.r2.cloudflarestorage.com'
    assert.equal(storage, { type: 's3', endpoint, region: 'auto' })
    const stem = path.basename(folder).toLowerCase()
    assert.is(buckets['production']?.name, 'our-data')
    assert.is(buckets['internal']?.name, `${stem.replaceAll(/[^a-z0-9]+/g, '-')}-internal`)
    assert.is(next[0], 'git init -b main')
    assert.is(next[1], 'npm install')
    assert.is(next.at(-1), 'npx dm prepare NAME.sqlite FILE')

    const again = await init(folder, ...r2)
    assert.equal(again.written, [])
    assert.equal(again.kept.map(({ path: file }) => file).toSorted(), files)
    assert.ok(again.kept.every(({ wanted }) => wanted === null))
    assert.equal(await filesIn(folder), files)
  }))

test('its workflows are YAML, pinned by commit, with keys in one step and few rights', () =>
  inFolder(async (folder) => {
    await init(folder, ...r2)
    const rights = {
      publish: { contents: 'write' },
      cleanup: { contents: 'read' },
      audit: { contents: 'read', issues: 'write' },
    }
    const groups = new Set<string>()
    for (const [name, permissions] of Object.entries(rights)) {
      const file = `.github/workflows/${name}.yml`
      const text = await read(folder, file)
      const workflow = defaultLoaders['.yml'](file, text) as Workflow
      assert.equal(workflow.permissions, permissions)
      groups.add(workflow.concurrency.group)
      const [[, job]] = Object.entries(workflow.jobs) as [[string, Job]]
      assert.is(job.if, "github.ref == 'refs/heads/main'")
      assert.is(job.environment, 'production')
      const steps = job.steps
      for (const { uses } of steps) if (uses) assert.match(uses, /^actions\/[\w-]+@[0-9a-f]{40}$/)
      assert.is(steps.find(({ uses }) => uses?.includes('setup-node'))?.with?.['node-version'], 24)
      const withKeys = steps.filter(({ env }) => JSON.stringify(env ?? {}).includes('secrets.'))
      assert.is(withKeys.length, 1)
      assert.match(withKeys[0]?.run ?? '', `npx --no dm ${name}`)
      assert.match(JSON.stringify(withKeys[0]?.env), '{{ secrets.R2_SECRET_ACCESS_KEY }}')
    }
    assert.is(groups.size, 3)
    // What the page for users shows is what they get.
    const page = await read(import.meta.dirname, '../../docs/data-repository.md')
    assert.match(page, await read(folder, '.github/workflows/publish.yml'))
  }))

interface Job {
  readonly if: string
  readonly environment: string
  readonly steps: readonly {
    readonly uses?: string
    readonly run?: string
    readonly with?: Readonly<Record<string, unknown>>
    readonly env?: Readonly<Record<string, string>>
  }[]
}

interface Workflow {
  readonly permissions: object
  readonly concurrency: { readonly group: string }
  readonly jobs: Readonly<Record<string, Job>>
}

test('completes what is there, and leaves all else as it is', () =>
  inFolder(async (folder) => {
    const before = {
      'package.json':
        '{\r\n\t"name": "x",\r\n\t"scripts": {"a":   "b"},\r\n\t"dependencies": {\r\n\t\t"node": "22"\r\n\t}\r\n}',
      '.gitignore': 'node_modules\r\n*.sqlite',
      'datamanager.config.json':
        '{ "storage": { "type": "s3", "region": "eu-1" }, "manifest": "data/m.json", "git": { "remote": "up", "base": "on" } }',
      '.github/workflows/publish.yml': 'name: Mine\n',
      '.env.example': 'OTHER=\n',
    }
    const { work } = await createRemoteAndClone(folder, before)
    await work.git('remote', 'rename', 'origin', 'up')
    await work.git('branch', '-m', 'main', 'on')
    const told = await init(work.folder, '--github', '--storage', 'embedded')
    const { written, kept, next, notices } = told
    assert.equal(
      written.map((file) => file.path),
      [
        '.gitignore',
        'package.json',
        'data/m.json',
        ...['check', 'cleanup', 'audit'].map((name) => `.github/workflows/${name}.yml`),
      ],
    )
    const manifest = await read(work.folder, 'package.json')
    assert.match(manifest, before['package.json'].slice(0, -'\r\n}'.length))
    assert.match(manifest, '},\r\n\t"devDependencies": {\r\n\t\t"@openenergyoutlook/datamanager"')
    const { dependencies, devDependencies, allowScripts } = JSON.parse(manifest) as Record<
      string,
      object
    >
    assert.equal(dependencies, { node: '22' })
    assert.equal(Object.keys(devDependencies ?? {}), ['@openenergyoutlook/datamanager'])
    assert.equal(allowScripts, { node: true })
    assert.is(await read(work.folder, '.gitignore'), 'node_modules\r\n*.sqlite\r\n.env\r\n')
    assert.equal(
      written.filter(({ created }) => !created).map((file) => file.path),
      ['.gitignore', 'package.json'],
    )
    const differing = kept.filter(({ wanted }) => wanted !== null)
    assert.equal(
      differing.map((file) => file.path),
      ['.env.example', '.github/workflows/publish.yml'],
    )
    // In another format, nobody can tell whether it differs.
    assert.ok(kept.some((file) => file.path === 'datamanager.config.json'))
    assert.match(JSON.stringify(notices), 'The config in datamanager.config.json stays as it is')
    assert.is(await read(work.folder, '.github/workflows/publish.yml'), 'name: Mine\n')
    assert.match(differing[1]?.wanted ?? '', "branches: ['on']\n    paths: [data/m.json]")
    assert.match(differing[1]?.wanted ?? '', 'secrets.AWS_SECRET_ACCESS_KEY')
    assert.ok(next.includes('git push up HEAD:on'))
  }))

test('a line of .gitignore counts only where git ignores the same by it', () =>
  inFolder(async (folder) => {
    const rest = 'node_modules/\n*.sqlite\n'
    const cases: [before: string, added: string][] = [
      ['.env/\nnode_modules\n*.sqlite/\n', '.env\n*.sqlite\n'],
      [`.env\n!.env\n${rest}`, '.env\n'],
      [`.env\n!/.env\n${rest}`, '.env\n'],
      [`${rest}.env\n!node_modules\n`, 'node_modules/\n'],
      [` .env\n${rest}`, '.env\n'],
      [`!.env\n.env  \r\n!.env.example\n${rest}`, ''],
      [`\uFEFF.env\n${rest}`, ''],
    ]
    const file = path.join(folder, '.gitignore')
    for (const [before, added] of cases) {
      await writeFile(file, before)
      const { written } = await init(folder)
      const change = written.find((one) => one.path === '.gitignore')?.added ?? ''
      assert.is(change.replaceAll('\r', ''), added, before)
      assert.is((await read(folder, '.gitignore')).slice(0, before.length), before)
      assert.equal((await init(folder)).written, [])
    }
  }))

test('a package.json that holds the config is named once, and another config as it is', () =>
  inFolder(async (folder) => {
    await writeFile(path.join(folder, 'package.json'), '{ "datamanager": {} }')
    for (const list of ['written', 'kept'] as const) {
      const told = await init(folder, '--storage', 'folder', '--path', '../s')
      const files = [...told.written, ...told.kept].map((file) => file.path)
      assert.equal(files.toSorted(), ['.gitignore', 'manifest.json', 'package.json'])
      assert.ok(told[list].some((file) => file.path === 'package.json'))
      assert.match(JSON.stringify(told.notices), 'The config in package.json stays as it is')
    }
    assert.not.match(JSON.stringify((await init(folder)).notices ?? []), 'stays as it is')
    const other = path.join(folder, 'other')
    await createRepository(other)
    await init(other)
    const { kept } = await init(other, '--storage', 'folder', '--path', '../s')
    const config = kept.find((file) => file.path === 'datamanager.config.ts')
    assert.match(config?.wanted ?? '', "type: 'folder'")
  }))

test('takes the branch and the remote that a repository has', () =>
  inFolder(async (folder) => {
    const { work } = await createRemoteAndClone(folder, { 'README.md': 'x' })
    await work.git('remote', 'rename', 'origin', 'upstream')
    await work.git('checkout', '--quiet', '-b', 'topic')
    await init(work.folder, '--storage', 'folder', '--path', "../it's \n there")
    const { git, storage } = await configOf(work.folder)
    assert.equal(git, { remote: 'upstream', base: 'main' })
    assert.equal(storage, { type: 'folder', path: "../it's \n there" })
    const fresh = await createRepository(path.join(folder, 'fresh'))
    await fresh.git('checkout', '--quiet', '-b', 'trunk')
    await init(fresh.folder)
    assert.equal((await configOf(fresh.folder)).git, { remote: 'origin', base: 'trunk' })
    assert.is((await configOf(fresh.folder)).storage, null)
  }))

test('a branch and a remote of any name are quoted, and refused where GitHub would read more', () =>
  inFolder(async (folder) => {
    const { work } = await createRemoteAndClone(folder, { 'README.md': 'x' })
    await work.git('remote', 'rename', 'origin', "it's")
    await work.git('branch', '-m', 'main', 'a;$b')
    await work.git('update-ref', '-d', "refs/remotes/it's/main")
    await work.git('symbolic-ref', '--delete', "refs/remotes/it's/HEAD")
    const { next } = await init(work.folder, '--dry-run')
    assert.ok(next.includes(String.raw`git push 'it'\''s' 'HEAD:a;$b'`), next.join('\n'))
    await work.git('branch', '-m', 'a${{github.token}}')
    const { code, message, exit } = await dmHere(work.folder, ['init', ...r2])
    assert.equal([code, exit], ['DM_USAGE', 2])
    assert.match(message, 'would not take the branch a${{github.token}} by its name')
    assert.equal(await filesIn(work.folder), ['README.md'])
  }))

test('what is wrong or missing is named, and nothing is written', () =>
  inFolder(async (folder) => {
    const cases: [message: string, ...args: string[]][] = [
      ['needs --account-id', '--storage', 'r2'],
      ['no id of an account', '--storage', 'r2', '--account-id', 'a.b'],
      ['needs --endpoint', '--storage', 's3'],
      ['--region is not set', '--storage', 's3', '--region', 'auto'],
      ['--endpoint must be a URL', '--storage', 's3', '--endpoint', 'x'],
      ['needs --path', '--storage', 'folder'],
      ['--region goes with --storage s3, not r2', ...r2, '--region', 'x'],
      ['--path goes with --storage folder, not embedded', '--path', 'x'],
      ['--staging must be 3 to 63', '--staging', 'NO'],
      ['the same real bucket', '--staging', 'data', '--production', 'data'],
      ['embedded store is on this machine alone: no workflow can publish there', '--github'],
      ['in a folder is on this machine', '--storage', 'folder', '--path', '../s', '--github'],
      ['reads no config', '--config', 'x.json'],
    ]
    for (const [message, ...args] of cases) {
      const found = await dmHere(folder, ['init', ...args])
      assert.is(found.exit, 2, message)
      assert.is(found.code, 'DM_USAGE')
      assert.match(found.message, message)
    }
    assert.equal(await filesIn(folder), [])
    const bare = await createRepository(path.join(folder, 'bare'), { bare: true })
    assert.match((await dmHere(bare.folder, ['init'])).message, 'bare git repository')
    const { folder: root } = await createRepository(path.join(folder, 'root'))
    await mkdir(path.join(root, 'sub'))
    const below = await dmHere(path.join(root, 'sub'), ['init', ...r2])
    assert.match(below.message, 'in the root of a git repository alone')
    assert.equal(await filesIn(root), [])
    await testRepository(root).git('remote', 'add', 'a', '../a')
    await testRepository(root).git('remote', 'add', 'b', '../b')
    const several = await dmHere(root, ['init'])
    assert.equal([several.code, several.exit], ['DM_GIT_UNKNOWN_REMOTE', 2])
    assert.equal(await filesIn(root), [])
    const shared = path.join(folder, 'shared')
    await mkdir(shared)
    const config = '{ "storage": { "type": "folder", "path": "../s" } }'
    await writeFile(path.join(shared, 'datamanager.config.json'), config)
    const local = await dmHere(shared, ['init', '--github'])
    assert.match(local.message, 'A store in a folder is on this machine alone')
    assert.equal(await filesIn(shared), ['datamanager.config.json'])
  }))

test('a script that a team forbids stays forbidden', () =>
  inFolder(async (folder) => {
    const file = path.join(folder, 'package.json')
    await writeFile(file, '{"allowScripts":{"node":false}}')
    await init(folder)
    const project = JSON.parse(await read(file)) as Record<string, Record<string, unknown>>
    assert.equal(project['allowScripts'], { node: false })
    assert.is(project['devDependencies']?.['node'], '^24.0.0')
  }))

test('a config that is there is read with what .env says, and no secret is shown', () =>
  inFolder(async (folder) => {
    const config = 'export default ({ env }) => { throw new Error(`bad ${env.API_TOKEN}`) }'
    await writeFile(path.join(folder, 'datamanager.config.mjs'), config)
    await writeFile(path.join(folder, '.env'), 'API_TOKEN=verysecret')
    const { stdout, stderr, exit } = await runHere(folder, ['init', '--json', '-v'])
    assert.is(exit, 2)
    assert.match(stdout, 'bad [hidden]')
    assert.not.match(stdout + stderr, 'verysecret')
    assert.equal(await filesIn(folder), ['.env', 'datamanager.config.mjs'])
  }))

test('nothing is written where something else is in the way', () =>
  inFolder(async (folder) => {
    const make = async (
      name: string,
      prepare: (place: string) => Promise<unknown>,
    ): Promise<string> => {
      const place = path.join(folder, name)
      await mkdir(place)
      await prepare(place)
      return place
    }
    const elsewhere = await make('elsewhere', async () => {})
    const other = path.join(elsewhere, 'other')
    const cases: [code: string, message: string, place: string][] = [
      [
        'DM_SETUP_IN_THE_WAY',
        '.gitignore is a link',
        await make('a', (place) => symlink(other, path.join(place, '.gitignore'))),
      ],
      [
        'DM_SETUP_IN_THE_WAY',
        '.github is a link',
        await make('b', (place) => symlink(elsewhere, path.join(place, '.github'))),
      ],
      [
        'DM_SETUP_IN_THE_WAY',
        'manifest.json is a folder',
        await make('c', (place) => mkdir(path.join(place, 'manifest.json'))),
      ],
      [
        'DM_SETUP_IN_THE_WAY',
        '.github is a file',
        await make('d', (place) => writeFile(path.join(place, '.github'), '')),
      ],
      [
        'DM_SETUP_INCOMPLETABLE',
        'package.json cannot be completed: it is no JSON',
        await make('e', (place) => writeFile(path.join(place, 'package.json'), '{,}')),
      ],
      [
        'DM_SETUP_INCOMPLETABLE',
        'it holds no object',
        await make('f', (place) => writeFile(path.join(place, 'package.json'), '[]')),
      ],
      [
        'DM_SETUP_INCOMPLETABLE',
        "its 'devDependencies' is no object",
        await make('g', (place) =>
          writeFile(path.join(place, 'package.json'), '{"devDependencies":[]}'),
        ),
      ],
      [
        'DM_SETUP_INCOMPLETABLE',
        "its 'dependencies' is no object",
        await make('h', (place) =>
          writeFile(path.join(place, 'package.json'), '{"dependencies":null}'),
        ),
      ],
    ]
    for (const [code, message, place] of cases) {
      const before = await filesIn(place)
      const found = await dmHere(place, ['init', ...r2])
      assert.is(found.code, code, message)
      assert.is(found.exit, 2)
      assert.match(found.message, message)
      assert.equal(await filesIn(place), before)
    }
    assert.equal(await filesIn(elsewhere), [])
    const inner = await make('outer', (place) => writeFile(path.join(place, 'manifest.json'), '[]'))
    await mkdir(path.join(inner, 'inner'))
    const inside = await dmHere(path.join(inner, 'inner'), ['init'])
    assert.is(inside.code, 'DM_SETUP_INSIDE')
    assert.is(inside.exit, 2)
    assert.match(inside.hint, `dm init -C ${inner}`)
    assert.equal(await filesIn(path.join(inner, 'inner')), [])
  }))

test('a folder that takes no files is told', () =>
  inFolder(async (folder) => {
    await chmod(folder, 0o555)
    const found = await withoutPrivileges(() => dmHere(folder, ['init']))
    assert.is(found.code, 'DM_SETUP_WRITE')
    assert.is(found.exit, 1)
    assert.match(found.message, '(EACCES). Nothing has been written.')
    await chmod(folder, 0o755)
    assert.equal(await filesIn(folder), [])
  }))

test('what was written before a failure is told, and the next run goes on', () =>
  inFolder(async (folder) => {
    await chmod(folder, 0o777)
    await mkdir(path.join(folder, '.github'), { mode: 0o755 })
    const found = await withoutPrivileges(() => dmHere(folder, ['init', ...r2]))
    assert.is(found.code, 'DM_SETUP_WRITE')
    assert.match(found.message, '.github/workflows/publish.yml cannot be written (EACCES)')
    assert.match(
      found.message,
      'Already written: .gitignore, package.json, datamanager.config.ts, manifest.json',
    )
    assert.is((await filesIn(folder)).filter((file) => file.includes('.init')).length, 0)
    const { written } = await init(folder, ...r2)
    assert.is(written.length, 4)
  }))

test('asks on a terminal for what is missing, and makes a git repository where it may', () =>
  inFolder(async (folder) => {
    const place = path.join(folder, 'My Data')
    await mkdir(place)
    const replies: Reply[] = [
      ['(Enter: embedded): ', `cloud${keys.enter}`],
      ['(Enter: embedded): ', `s3${keys.enter}`],
      ['Make one? (Enter: yes): ', keys.enter],
      ['Address of the S3 service', `s3.example.org${keys.enter}`],
      ['Address of the S3 service', `https://s3.example.org${keys.enter}`],
      ['Its region (Enter: auto): ', `eu-1${keys.enter}`],
      ['(Enter: my-data-staging): ', keys.enter],
      ['what is published (Enter: my-data-production): ', keys.enter],
      ['GitHub Actions? (Enter: no): ', `yes${keys.enter}`],
    ]
    const { exit, shown } = await dmOnTerminal(place, ['init', '--internal', 'inside'], replies)
    assert.is(exit, 0, shown)
    for (const text of ['Type one of the four.', 'It must be a URL', 'Made a git repository.']) {
      assert.match(shown, text)
    }
    assert.ok((await lstat(path.join(place, '.git'))).isDirectory())
    const { storage, buckets } = await configOf(place)
    assert.equal(storage, { type: 's3', endpoint: 'https://s3.example.org', region: 'eu-1' })
    assert.is(buckets['internal']?.name, 'inside')
    assert.is(buckets['staging']?.name, 'my-data-staging')
    await access(path.join(place, '.github/workflows/audit.yml'))
  }))

test.run()
