import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { readManifestAt } from '../../../lib/base/base.ts'
import { emptyManifest } from '../../../lib/manifest/types.ts'
import { createRepository } from '../../helpers/git-repository.ts'
import { inFolder, open } from '../git/sandbox.ts'
import { dataset, published } from '../manifest/samples.ts'

const test = suite('lib/base/base')

test(
  'the manifest of a commit is read once, that of another commit or path anew',
  inFolder(async (folder) => {
    const { commit } = await createRepository(folder)
    const text = (number: number): string => JSON.stringify([dataset([published(number)])])
    const first = await commit('One', { 'a.json': text(1), 'b.json': text(2) })
    const second = await commit('Two', { 'a.json': text(3) })
    const repository = await open(folder)
    const versions = async (hash: string | null, file: string): Promise<string[]> => {
      const { datasets } = await readManifestAt(repository, hash, file)
      return datasets.flatMap(({ history }) => history.map(({ version }) => version))
    }
    assert.equal(await versions(first, 'a.json'), ['v1'])
    const again = await readManifestAt(repository, first, 'a.json')
    assert.is(await readManifestAt(repository, first, 'a.json'), again)
    assert.equal(await versions(first, 'b.json'), ['v2'])
    assert.equal(await versions(second, 'a.json'), ['v3'])
    assert.equal(await versions(first, 'a.json'), ['v1'])
    assert.equal(await versions(first, 'none.json'), [])
    assert.is(await readManifestAt(repository, null, 'a.json'), emptyManifest)
  }),
)

test.run()
