import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { isPending } from '../../lib/manifest/status.ts'
import { generateRepository } from '../../scripts/generate-repository.ts'
import { hashFileAt } from '../helpers/at-path.ts'
import { dmJson } from '../helpers/dm-here.ts'
import { testRepository } from '../helpers/git-repository.ts'
import { inFolder } from '../helpers/in-folder.ts'
import { read } from '../lib/manifest/samples.ts'

const test = suite('scripts/generate-repository')

test('a generated repository is one that dm would have made', () =>
  inFolder(async (folder) => {
    const target = path.join(folder, 'generated')
    const size = { datasets: 2, versions: 2, publications: 3, branches: 3, objects: true }
    const { git, folder: clone } = testRepository(await generateRepository(target, size))
    assert.is(await git('rev-list', '--count', '--first-parent', 'HEAD'), '8')
    assert.match(await git('show', 'HEAD:docs/datasets.md'), '| v3 |')

    const text = await readFile(path.join(clone, 'manifest.json'), 'utf8')
    assert.is(text, `${JSON.stringify(JSON.parse(text), null, 2)}\n`)
    const { datasets } = read(text)
    assert.equal(
      datasets.map(({ latestVersion, history }) => [latestVersion, history.length]),
      [
        ['v4', 4],
        ['v3', 3],
      ],
    )
    for (const { sha256, r2_object_key: key, bytes } of datasets.flatMap((d) => d.history)) {
      const object = await hashFileAt(path.join(target, 'store/production', key))
      assert.equal([object.sha256, object.bytes], [sha256, bytes])
    }

    const open = read(await git('show', 'origin/open-3:manifest.json')).datasets[0]?.history[0]
    assert.ok(open !== undefined && isPending(open))
    const staged = path.join(target, 'store/staging', open?.staging_key ?? '')
    assert.is((await hashFileAt(staged)).sha256, open?.sha256)

    const { published, failed, commit } = await dmJson(clone, ['publish'])
    assert.equal([published, failed, commit], [[], [], null])
  }))

test.run()
