import { mkdir, readdir, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { isDmError } from '../../../lib/errors/dm-error.ts'
import { planSetup, type Setup } from '../../../lib/setup/plan-setup.ts'
import { inspectSite } from '../../../lib/setup/site.ts'
import { writeFiles } from '../../../lib/setup/write-files.ts'
import { createRepository, type TestRepository } from '../../helpers/git-repository.ts'
import { gitTestEnvironment as env } from '../../helpers/git-test-environment.ts'
import { inFolder } from '../../helpers/in-folder.ts'

const test = suite('lib/setup/plan-setup')

/** Plans to set a folder up with storage at R2, as a copy of the package does that is from a tarball. */
async function plan(folder: string, tarball: string): Promise<Setup> {
  const site = await inspectSite(folder, env)
  return planSetup({
    site,
    running: { name: '@openenergyoutlook/datamanager', source: { kind: 'tarball', file: tarball } },
    choice: { kind: 'r2', accountId: 'abc123' },
    github: true,
    env,
    signal: new AbortController().signal,
  })
}

function addedTo(file: string, { planned }: Setup): string {
  return planned.find((one) => one.path === file)?.added ?? ''
}

test('git ignores nothing that every clone needs', () =>
  inFolder(async (folder) => {
    const tarball = path.join(folder, 'tool [1].tgz')
    await writeFile(tarball, 'x')
    const home = await createRepository(path.join(folder, 'home'))
    await home.write({ '.gitignore': '*.tgz\n.env*\n*.json\n' })
    await home.write({ '.git/info/exclude': 'audit.yml\n' })
    const setup = await plan(home.folder, tarball)
    const files = ['vendor/tool\\ \\[1].tgz', 'package.json', 'manifest.json', '.env.example']
    const exceptions = [...files, '.github/workflows/audit.yml'].map((file) => `!/${file}\n`)
    assert.is(
      addedTo('.gitignore', setup),
      ['node_modules/\n.env\n*.sqlite\n', ...exceptions].join(''),
    )
    await writeFiles(home.folder, setup.planned)
    assert.equal(await ignoredOf(home, setup), [])
    assert.is(await home.git('check-ignore', '.env'), '.env')
    const again = await plan(home.folder, tarball)
    assert.equal(again.planned, [])
  }))

async function ignoredOf(home: TestRepository, { planned }: Setup): Promise<string[]> {
  const files = planned.map((one) => one.path)
  await home.git('add', '--', ...files)
  const ignored = await home.git('ls-files', '--cached', '--ignored', '--exclude-standard')
  return ignored.split('\n').filter(Boolean)
}

test('the same without a repository, and of a tarball that is there already', () =>
  inFolder(async (folder) => {
    await writeFile(path.join(folder, '.gitignore'), '.env.*\n*.tgz\n')
    await writeFile(path.join(folder, 'tool.tgz'), 'x')
    const [temporary, before] = [path.join(folder, 'temporary'), process.env['TMPDIR']]
    await mkdir(temporary)
    process.env['TMPDIR'] = temporary
    const setup = await plan(folder, path.join(folder, 'tool.tgz')).finally(() => {
      if (before === undefined) delete process.env['TMPDIR']
      else process.env['TMPDIR'] = before
    })
    assert.equal(await readdir(temporary), [])
    const added = addedTo('.gitignore', setup)
    assert.match(added, '!/.env.example\n')
    assert.match(added, '!/tool.tgz\n')
  }))

test('where a whole folder is ignored, that is told before anything is written', () =>
  inFolder(async (folder) => {
    const tarball = path.join(folder, 'tool.tgz')
    await writeFile(tarball, 'x')
    const home = await createRepository(path.join(folder, 'home'))
    for (const [line, what] of [
      ['vendor/', 'in the folder vendor, and vendor/tool.tgz'],
      ['.github/workflows/', 'in the folder .github/workflows, and .github/workflows/publish.yml'],
    ] as const) {
      await home.write({ '.gitignore': `${line}\n` })
      const error = await plan(home.folder, tarball).catch((thrown: unknown) => thrown)
      assert.ok(isDmError(error, 'DM_SETUP_INCOMPLETABLE'))
      assert.match(error.message, `git ignores what is ${what} is needed in every clone`)
    }
    await mkdir(path.join(home.folder, 'vendor'))
    await home.write({ '.gitignore': 'vendor/*\n!/vendor/tool.tgz\n' })
    assert.match(addedTo('vendor/tool.tgz', await plan(home.folder, tarball)), 'a copy of')
  }))

test.run()
