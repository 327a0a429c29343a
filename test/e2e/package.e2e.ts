import { execFile } from 'node:child_process'
import { cp, mkdir, readFile, symlink, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { promisify } from 'node:util'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { createTemoaDatabase } from '../helpers/databases.ts'
import { createRepository, gitTestEnvironment } from '../helpers/git-repository.ts'
import { inFolder } from '../helpers/in-folder.ts'

const run = promisify(execFile)
const test = suite('the package')
const root = path.join(import.meta.dirname, '../..')
const name = '@openenergyoutlook/datamanager'

/** Packs the project as for publication and puts it into a project's node_modules; its folder. */
async function install(project: string): Promise<string> {
  const { stdout } = await run('npm', ['pack', '--json', '--pack-destination', project], {
    cwd: root,
    // npm's own settings from this run's environment would otherwise be taken for its arguments.
    env: { PATH: process.env['PATH'] ?? '', HOME: process.env['HOME'] ?? '' },
  })
  const [packed] = JSON.parse(stdout.slice(stdout.indexOf('[\n'))) as { filename: string }[]
  await run('tar', ['-xzf', path.join(project, packed?.filename ?? '')], { cwd: project })
  const folder = path.join(project, 'node_modules', name)
  await mkdir(path.dirname(folder), { recursive: true })
  await cp(path.join(project, 'package'), folder, { recursive: true })
  return folder
}

const config = `
import { defineConfig, defineStep, type Facts } from '${name}'
declare module '${name}' { interface Facts { tableCount: number } }
const count = defineStep({
  id: 'count-tables', title: 'Count the tables', needs: ['inspection', 'bytes?'],
  provides: ['tableCount'],
  run: ({ inspection }) => ({ tableCount: inspection.tables.length }),
})
export type Sizes = Pick<Facts, 'bytes'>
export default defineConfig({
  pipelines: { prepare: (graph) => graph.after('inspect-database', count) },
})
`

test('holds what it needs and no more, does the main job, and types a config', () =>
  inFolder(async (folder) => {
    const work = await createRepository(path.join(folder, 'work'))
    const installed = await install(work.folder)
    const listed = await run('find', ['.', '-type', 'f'], { cwd: installed })
    const files = listed.stdout.trim().split('\n')
    const expected =
      /^\.\/(?:dist\/.*\.(?:js|d\.ts)|package\.json|README\.md|LICENSE|lib\/cli\/bin\.cjs|lib\/manifest\/manifest\.schema\.json)$/
    assert.equal(
      files.filter((file) => !expected.test(file)),
      [],
    )
    await work.commit('Begin', { '.gitignore': '*\n', 'manifest.json': '[]\n' })

    const dm = async (...args: string[]): Promise<Record<string, unknown>> => {
      const program = path.join(installed, 'lib/cli/bin.cjs')
      const { stdout } = await run(process.execPath, [program, ...args, '--json'], {
        cwd: work.folder,
        env: gitTestEnvironment,
      })
      return JSON.parse(stdout) as Record<string, unknown>
    }
    await work.write({ 'datamanager.config.ts': config })
    const file = await createTemoaDatabase(folder)
    await dm('prepare', 'model.sqlite', file)
    await work.git('merge', '--quiet', '--no-ff', '-m', 'Merge', 'data/model-v1')
    await dm('publish')
    await dm('pull', 'model.sqlite', '-o', path.join(folder, 'out.sqlite'))
    assert.ok((await readFile(path.join(folder, 'out.sqlite'))).equals(await readFile(file)))

    const types = path.join(work.folder, 'node_modules/@types')
    await symlink(path.join(root, 'node_modules/@types'), types)
    await symlink(path.join(root, 'node_modules/undici-types'), path.join(types, '../undici-types'))
    await writeFile(path.join(work.folder, 'package.json'), '{ "type": "module" }\n')
    const options = ['--noEmit', '--strict', '--module', 'nodenext', '--target', 'es2024']
    const tsc = path.join(root, 'node_modules/.bin/tsc')
    await run(tsc, [...options, '--types', 'node', 'datamanager.config.ts'], { cwd: work.folder })
    await work.write({ 'datamanager.config.ts': config.replace("'inspection'", "'inspektion'") })
    const wrong = await run(tsc, [...options, '--types', 'node', 'datamanager.config.ts'], {
      cwd: work.folder,
    }).catch((error: { stdout: string }) => error)
    assert.match(wrong.stdout, 'Did you mean \'"inspection"\'?')
  }))

test.run()
