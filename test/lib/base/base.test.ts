import path from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import {
  type Base,
  fetchBase,
  readManifestAt,
  readBase,
  rememberWritten,
} from '../../../lib/base/base.ts'
import { emptyManifest } from '../../../lib/manifest/types.ts'
import { failure } from '../../helpers/failure.ts'
import {
  cloneRepository,
  createRemoteAndClone,
  createRepository,
} from '../../helpers/git-repository.ts'
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
    assert.is(await readManifestAt(repository, first, 'a.json'), again)
    assert.equal(await versions(second, 'a.json'), ['v3'])
    assert.equal(await versions(first, 'a.json'), ['v1'])
    assert.equal(await versions(first, 'none.json'), [])
    assert.is(await readManifestAt(repository, null, 'a.json'), emptyManifest)
  }),
)

for (const objectFormat of ['sha1', 'sha256']) {
  test(
    `what is written is known before it is read, whatever hashes git uses: ${objectFormat}`,
    inFolder(async (folder) => {
      const { commit } = await createRepository(folder, { objectFormat })
      const text = JSON.stringify([dataset([published(1, { description: 'ä' })])])
      const hash = await commit('One', { 'a.json': text })
      const repository = await open(folder)
      const manifest = { datasets: [], origin: null }
      rememberWritten(repository, { commit: hash, content: Buffer.from(text), manifest })
      assert.is(await readManifestAt(repository, hash, 'a.json'), manifest)
      // Only the last two are kept.
      for (const content of ['1', '2']) {
        rememberWritten(repository, { commit: hash, content: Buffer.from(content), manifest })
      }
      assert.is((await readManifestAt(repository, hash, 'a.json')).datasets.length, 1)
    }),
  )
}

test(
  'a manifest that cannot be read is told with the place where it is',
  inFolder(async (folder) => {
    const { commit } = await createRepository(folder)
    const hash = await commit('One', { 'a.json': '{' })
    const repository = await open(folder)
    const error = await failure('DM_MANIFEST_INVALID', () =>
      readManifestAt(repository, hash, 'a.json'),
    )
    assert.match(error.message, `a.json in ${hash.slice(0, 7)} `)
  }),
)

test(
  'the tip is that of the last fetch, or of the remote with its branches',
  inFolder(async (folder) => {
    const text = (number: number): string => JSON.stringify([dataset([published(number)])])
    const { work, remote } = await createRemoteAndClone(folder, { 'a.json': text(1) })
    const clone = await cloneRepository(remote.folder, path.join(folder, 'clone'))
    const commit = await work.commit('Two', { 'a.json': text(2) })
    await work.git('push', '--quiet', 'origin', 'main')
    const repository = await open(clone.folder)
    const versionOf = ({ manifest }: Base): string | undefined =>
      manifest.datasets[0]?.history[0]?.version
    const last = await readBase(repository, 'a.json')
    assert.equal([versionOf(last), last.branches], ['v1', undefined])
    const now = await fetchBase(repository, 'a.json')
    assert.equal([versionOf(now), now.commit], ['v2', commit])
    assert.is(now.branches?.get('refs/heads/main'), commit)
    assert.is((await readBase(repository, 'a.json')).commit, commit)
    await clone.git('remote', 'remove', 'origin')
    const alone = await fetchBase(await open(clone.folder), 'a.json')
    assert.not.ok('branches' in alone)
  }),
)

test.run()
