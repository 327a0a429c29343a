import { execFile } from 'node:child_process'
import { cp, glob, mkdir, readFile, symlink, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { promisify } from 'node:util'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { createTemoaDatabase } from '../helpers/databases.ts'
import { createRepository } from '../helpers/git-repository.ts'
import { gitTestEnvironment } from '../helpers/git-test-environment.ts'
import { inFolder } from '../helpers/in-folder.ts'
import { packPackage } from './helpers/pack-package.ts'

const run = promisify(execFile)
const test = suite('the package')
const root = path.join(import.meta.dirname, '../..')
const name = '@openenergyoutlook/datamanager'

/** Puts the packed project, and nothing else, into a project's node_modules; its folder. */
async function install(project: string): Promise<string> {
  await run('tar', ['-xzf', await packPackage(project)], { cwd: project })
  const folder = path.join(project, 'node_modules', name)
  await mkdir(path.dirname(folder), { recursive: true })
  await cp(path.join(project, 'package'), folder, { recursive: true })
  return folder
}

/** The whole files of TypeScript that the pages show, by the path that their first line names. */
async function examplesOf(docs: string): Promise<Record<string, string>> {
  const examples: Record<string, string> = {}
  for await (const page of glob('*.md', { cwd: docs })) {
    const text = await readFile(path.join(docs, page), 'utf8')
    for (const [, block = ''] of text.matchAll(/^ *```ts\n(.*?)^ *```/gms)) {
      if (!block.includes(`from '${name}'`)) continue
      const [, file] = /^\/\/ (steps\/\S+\.ts)\n/.exec(block) ?? []
      examples[file ?? `examples-${Object.keys(examples).length}.ts`] = block
    }
  }
  return examples
}

const config = `
import { defineConfig, defineStep, type Facts } from '${name}'
declare module '${name}' { interface Facts { tableCount: number } }
const count = defineStep({
  id: 'count-tables', title: 'Count the tables', needs: ['inspection', 'file', 'database?'],
  provides: ['tableCount'],
  run: ({ inspection }) => ({ tableCount: inspection.tables.length }),
})
export type Sizes = Facts['database']['bytes']
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
      /^\.\/(?:dist\/.*\.(?:js|d\.ts)|dist\/licences\.txt|docs\/[\w/-]+\.md|package\.json|README\.md|LICENSE|lib\/cli\/bin\.cjs|lib\/(?:manifest\/manifest|diff\/present\/diff)\.schema\.json)$/
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
    // A diff runs in a worker, which is a file of its own.
    const next = await createTemoaDatabase(folder, 'next.sqlite', 2)
    assert.is((await dm('diff', 'model.sqlite', next))['changed'], true)
    assert.is((await dm('diff', 'model.sqlite', file))['changed'], false)

    const types = path.join(work.folder, 'node_modules/@types')
    await symlink(path.join(root, 'node_modules/@types'), types)
    await symlink(path.join(root, 'node_modules/undici-types'), path.join(types, '../undici-types'))
    await writeFile(path.join(work.folder, 'package.json'), '{ "type": "module" }\n')
    const tsc = async (...names: string[]): Promise<string> => {
      const options = ['--noEmit', '--strict', '--module', 'nodenext', '--target', 'es2024']
      const args = [...options, '--allowImportingTsExtensions', '--types', 'node', ...names]
      const found = await run(path.join(root, 'node_modules/.bin/tsc'), args, {
        cwd: work.folder,
      }).catch((error: { stdout: string }) => error)
      return found.stdout
    }
    const examples = await examplesOf(path.join(installed, 'docs'))
    assert.ok(Object.keys(examples).length > 5)
    await work.write(examples)
    assert.is(await tsc('datamanager.config.ts', ...Object.keys(examples)), '')
    await work.write({ 'datamanager.config.ts': config.replace("'inspection'", "'inspektion'") })
    assert.match(await tsc('datamanager.config.ts'), 'Did you mean \'"inspection"\'?')
  }))

test.run()
