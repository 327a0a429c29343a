import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { addPendingEntry } from '../../../lib/manifest/edits.ts'
import type { Change } from '../../../lib/change/change.ts'
import type { Manifest, VersionEntry } from '../../../lib/manifest/types.ts'
import { commitProposal, landProposal } from '../../../lib/proposal/land-proposal.ts'
import type { Proposal } from '../../../lib/proposal/plan-proposal.ts'
import { failure } from '../../helpers/failure.ts'
import { denyPushes } from '../../helpers/git-repository.ts'
import { atHome, type Home } from '../base/scene.ts'
import { dataset, published, upload } from '../manifest/samples.ts'

const test = suite('lib/proposal/land-proposal')

const branch = 'data/model-v2'
const date = new Date('2026-01-02T03:04:05Z')
const begin = { from: null, manifest: [dataset([published(1)])], files: { code: '1' } }
const change: Change = {
  dataset: 'model.sqlite',
  slug: 'v2',
  digits: '',
  subject: 'Add model.sqlite v2',
  edit: (before) =>
    addPendingEntry(before, { dataset: 'model.sqlite', bucket: 'production', entry: upload(2) }),
}
const proposal = (parent: string | null, expected: string | null = null): Proposal => {
  return { branch, parent, expected, state: 'new', replaces: null }
}

async function commitIn(
  repository: Awaited<ReturnType<Home['open']>>,
  parent: string | null,
  { message, edit = change.edit }: { message?: string; edit?: Change['edit'] } = {},
): Promise<string> {
  const text = { manifestPath: 'manifest.json', change: { ...change, edit }, message, date }
  return commitProposal(repository, proposal(parent), text)
}

test(
  'the commit has the edited manifest and all else of its parent; nothing points to it',
  atHome(async (home) => {
    const parent = await home.commit(begin)
    const repository = await home.open()
    const commit = await commitIn(repository, parent)
    const show = (format: string): Promise<string> =>
      home.home.git('show', '--no-patch', `--format=${format}`, commit)
    assert.is(await show('%P'), parent)
    assert.is(await show('%B'), 'Add model.sqlite v2\n')
    assert.is(await show('%at'), String(date.getTime() / 1000))
    const text = await home.home.git('show', `${commit}:manifest.json`)
    const [model] = JSON.parse(text) as { history: VersionEntry[] }[]
    assert.equal(model?.history, [upload(2), published(1)])
    assert.is(await home.home.git('diff', '--name-only', parent, commit), 'manifest.json')
    assert.is(await home.home.git('for-each-ref', '--format=%(refname)'), 'refs/heads/main')
    const worded = await commitIn(repository, parent, { message: 'My words' })
    assert.is(await home.home.git('show', '--no-patch', '--format=%B', worded), 'My words\n')
    const first = await commitIn(repository, null)
    assert.is(await home.home.git('show', '--no-patch', '--format=%P', first), '')
  }),
)

test(
  'what nobody could read is not committed',
  atHome(async (home) => {
    const parent = await home.commit(begin)
    const repository = await home.open()
    const edit = (before: Manifest): Manifest => ({
      datasets: [...before.datasets, dataset([upload(3)])],
      origin: null,
    })
    const error = await failure('DM_MANIFEST_INVALID', () => commitIn(repository, parent, { edit }))
    assert.match(error.message, 'The proposed manifest.json')
  }),
)

test(
  'the branch is made on the remote, or here where that is asked for or there is none',
  atHome(async (home) => {
    const parent = await home.commit(begin)
    const repository = await home.clone()
    const commit = await commitIn(repository, parent)
    assert.is(await landProposal(repository, proposal(parent), commit, true), true)
    assert.is(await home.at(branch), commit)
    const next = await commitIn(repository, commit, { message: 'Again' })
    assert.is(await landProposal(repository, proposal(commit), next, false), false)
    assert.is(await home.at(branch), commit)
    assert.is(await home.home.git('--git-dir', repository.gitDir, 'rev-parse', branch), next)
    const alone = await home.open()
    assert.is(await landProposal(alone, proposal(parent, commit), parent, true), false)
    assert.is(await home.at(branch), parent)
  }),
)

test(
  'a branch that has moved is told, on the remote and here',
  atHome(async (home) => {
    const parent = await home.commit(begin)
    const repository = await home.clone()
    const commit = await commitIn(repository, parent)
    await home.commit({ branch, from: 'refs/heads/main', files: { code: '2' } })
    const moved = await home.at(branch)
    for (const [place, push] of [
      [repository, true],
      [await home.open(), false],
    ] as const) {
      for (const expected of [null, parent]) {
        const error = await failure('DM_BRANCH_MOVED', () =>
          landProposal(place, proposal(parent, expected), commit, push),
        )
        assert.is(error.context.branch, branch)
      }
    }
    assert.is(await home.at(branch), moved)
  }),
)

test(
  'a refused push is told in the words of the remote',
  atHome(async (home) => {
    const parent = await home.commit(begin)
    const repository = await home.clone()
    const commit = await commitIn(repository, parent)
    await denyPushes(home.home.folder, 'not today')
    const error = await failure('DM_PUSH_REFUSED', () =>
      landProposal(repository, proposal(parent), commit, true),
    )
    assert.is(error.context.branch, branch)
    assert.match(error.context.detail, /^\S[^]*not today[^]*\S$/)
  }),
)

test.run()
