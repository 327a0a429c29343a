import { mkdir, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { findRunningPackage, type PackageSource } from '../../../lib/setup/running-package.ts'
import { inFolder } from '../../helpers/in-folder.ts'

const test = suite('lib/setup/running-package')
const name = '@example/tool'

/** Puts a copy into a folder, with what npm and a project say of it; says where it is thought to be from. */
async function sourceOf(
  project: string,
  { spec, resolved }: { spec?: string; resolved?: string },
  below = 'node_modules/@example/tool',
): Promise<PackageSource> {
  const copy = path.resolve(project, below)
  await mkdir(copy, { recursive: true })
  await writeFile(path.join(copy, 'package.json'), JSON.stringify({ name, version: '1.2.3' }))
  if (spec !== undefined) {
    const text = JSON.stringify({ devDependencies: { [name]: spec } })
    await writeFile(path.join(project, 'package.json'), text)
  }
  if (resolved !== undefined) {
    const record = { packages: { [`node_modules/${name}`]: { resolved } } }
    const file = path.join(project, 'node_modules/.package-lock.json')
    await writeFile(file, JSON.stringify(record))
  }
  return (await findRunningPackage(copy)).source
}

test('a version, an address or a path is taken as the project around names it', () =>
  inFolder(async (folder) => {
    const tarball = path.join(folder, 'vendor/tool.tgz')
    await mkdir(path.dirname(tarball))
    await writeFile(tarball, '')
    const project = path.join(folder, 'p')
    await mkdir(project)
    await writeFile(path.join(project, 'tool.tgz'), '')
    const cases: [spec: string, expected: PackageSource | string][] = [
      ['^1.0.0', '^1.0.0'],
      ['1.2.3', '1.2.3'],
      ['latest', '^1.2.3'],
      ['>=1 <3', '^1.2.3'],
      ['', '^1.2.3'],
      ['npm:@other/tool@1', 'npm:@other/tool@1'],
      ['git+ssh://git@example.org/tool.git', 'git+ssh://git@example.org/tool.git'],
      ['git@example.org:me/tool.git#v1', 'git@example.org:me/tool.git#v1'],
      ['github:example/tool', 'github:example/tool'],
      ['example/tool#main', 'example/tool#main'],
      ['https://example.org:8443/@x/tool.tgz', 'https://example.org:8443/@x/tool.tgz'],
      // As far as they are no secrets.
      ['git+https://me:secret@example.org/tool.git#abc', 'git+https://example.org/tool.git#abc'],
      ['https://token@example.org/tool.tgz', 'https://example.org/tool.tgz'],
      ['https://me:p@ss@example.org/tool.tgz', 'https://example.org/tool.tgz'],
      ['git+ssh://git:pw@example.org/tool.git', 'git+ssh://example.org/tool.git'],
      ['git://me:pw@example.org/tool.git', 'git://example.org/tool.git'],
      ['tool.tgz', { kind: 'tarball', file: path.join(project, 'tool.tgz') }],
      ['file:../vendor/tool.tgz', { kind: 'tarball', file: tarball }],
      ['../vendor/tool.tgz', { kind: 'tarball', file: tarball }],
      [`file:${tarball}`, { kind: 'tarball', file: tarball }],
      ['file:../vendor', { kind: 'folder', folder: path.dirname(tarball) }],
    ]
    for (const [spec, expected] of cases) {
      const wanted = typeof expected === 'string' ? { kind: 'spec', spec: expected } : expected
      assert.equal(await sourceOf(project, { spec }), wanted, spec)
    }
  }))

test('what nobody else could follow, or not without a secret, is this copy alone', () =>
  inFolder(async (folder) => {
    const specs = [
      'workspace:*',
      'catalog:',
      'gone.tgz',
      'file:../gone.tgz',
      'git+file:///srv/tool.git',
      'https://example.org/tool.tgz?token=SECRET',
      'https://me:p/w@example.org/tool.tgz',
      'me:pw@example.org:tool.git',
      'github:me:pw@example/tool',
      'https:/me:pw@example.org/t',
      'npm:../tool',
      'a/b/c',
      '<%',
    ]
    const copy = path.join(folder, 'node_modules/@example/tool')
    for (const spec of specs) {
      assert.equal(await sourceOf(folder, { spec }), { kind: 'folder', folder: copy }, spec)
    }
  }))

test('without that, by what npm wrote down; also of a copy deep in a store', () =>
  inFolder(async (folder) => {
    const tarball = path.join(folder, 'tool.tgz')
    await writeFile(tarball, '')
    const project = path.join(folder, 'npx')
    const resolved = 'https://registry.example.org/@example/tool/-/tool-1.2.3.tgz'
    assert.equal(await sourceOf(project, { resolved }), { kind: 'spec', spec: '^1.2.3' })
    const fork = 'https://registry.example.org/@other/tool/-/tool-1.2.3.tgz'
    assert.equal(await sourceOf(project, { resolved: fork }), { kind: 'spec', spec: fork })
    const local = await sourceOf(project, { resolved: 'file:../tool.tgz' })
    assert.equal(local, { kind: 'tarball', file: tarball })
    const store = 'node_modules/.store/tool@1/node_modules/@example/tool'
    const deep = await sourceOf(path.join(folder, 'deep'), { spec: '~1.2.0' }, store)
    assert.equal(deep, { kind: 'spec', spec: '~1.2.0' })
  }))

test('sources are named by the tarball that was made of them, else by their folder', () =>
  inFolder(async (folder) => {
    const copy = path.join(folder, 'clone')
    assert.equal(await sourceOf(copy, {}, ''), { kind: 'folder', folder: copy })
    const gone = await sourceOf(path.join(folder, 'gone'), { spec: 'file:gone.tgz' })
    assert.equal(gone.kind, 'folder')
    const file = path.join(copy, 'example-tool-1.2.3.tgz')
    await writeFile(file, '')
    assert.equal(await sourceOf(copy, {}, ''), { kind: 'tarball', file })
  }))

test.run()
