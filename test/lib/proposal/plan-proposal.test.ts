import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { type Base, fetchBase } from '../../../lib/base/base.ts'
import type { Change } from '../../../lib/change/change.ts'
import { planDeletion } from '../../../lib/change/deletion.ts'
import { DmError } from '../../../lib/errors/dm-error.ts'
import type { Repository } from '../../../lib/git/repository.ts'
import { addPendingEntry, withdrawEntry } from '../../../lib/manifest/edits.ts'
import type { Dataset, VersionEntry } from '../../../lib/manifest/types.ts'
import { planProposal, type Proposal } from '../../../lib/proposal/plan-proposal.ts'
import { failure } from '../../helpers/failure.ts'
import { atHome, type Home } from '../base/scene.ts'
import { dataset, published, rollback, sha, upload } from '../manifest/samples.ts'

const test = suite('lib/proposal/plan-proposal')

const model = (...history: VersionEntry[]): Dataset[] => [dataset(history)]
const from = 'refs/heads/main'
const begin = { from: null, manifest: model(published(1)) }
const identity = { name: 'Ada Test', email: 'ada@example.org' }
const branch = 'data/model-v2'
const digits = `${branch}-0123abcd`

/** Proposes `model.sqlite` v2. */
function change(entry: VersionEntry = upload(2), fields: Partial<Change> = {}): Change {
  return {
    dataset: 'model.sqlite',
    slug: 'v2',
    digits: '0123abcd',
    subject: 'Add model.sqlite v2',
    edit: (before) =>
      addPendingEntry(before, { dataset: 'model.sqlite', bucket: 'production', entry }),
    ...fields,
  }
}

/** The mark on a version of `model.sqlite`, or on all of it. */
const deletionOf = (name: string): Change =>
  planDeletion({
    manifest: { datasets: model(published(2), published(1)), origin: null },
    name,
    find: () => [],
  })

interface How {
  readonly change?: Change
  readonly push?: boolean
  readonly email?: string
  readonly base?: Base
}

const clones = new WeakMap<Home, Promise<Repository>>()

/** Plans it in a clone, or where the branches are. */
async function plan(
  home: Home,
  { change: asked = change(), push = true, email = identity.email, base }: How = {},
): Promise<Proposal> {
  const clone = clones.get(home) ?? home.clone()
  clones.set(home, clone)
  const repository = await (push ? clone : home.open())
  return planProposal({
    repository,
    base: base ?? (await fetchBase(repository, 'manifest.json')),
    manifestPath: 'manifest.json',
    change: asked,
    push,
    identity: { ...identity, email },
  })
}

const fresh = async ({ at }: Home, name = branch): Promise<Proposal> => {
  return { branch: name, parent: await at('main'), expected: null, state: 'new', replaces: null }
}

test(
  'a change is proposed on a branch of its own, on top of the base',
  atHome(async (home) => {
    await home.commit(begin)
    for (const push of [true, false]) assert.equal(await plan(home, { push }), await fresh(home))
    // Where there is no remote, the branches here are all there are, whatever is asked for.
    const tip = await home.commit({ branch, from, manifest: model(upload(2), published(1)) })
    const repository = await home.open()
    const base = await fetchBase(repository, 'manifest.json')
    const manifestPath = 'manifest.json'
    const request = { repository, base, manifestPath, change: change(), push: true, identity }
    assert.is((await planProposal(request)).state, 'present')
    assert.is(base.commit, tip)
  }),
)

test(
  'a branch is named after the dataset, whatever that is called',
  atHome(async (home) => {
    await home.commit(begin)
    const names: Record<string, string> = {
      'model.sqlite': 'model',
      'a.sqlite-b.sqlite': 'a.sqlite-b',
      'no ending': 'no-ending',
      'two  spaces & more': 'two-spaces-more',
      'dots....sqlite': 'dots',
      'a..b...c': 'a.b.c',
      '.-hidden': 'hidden',
      'locked.lock': 'locked',
      'x.lock.sqlite': 'x',
      'ends.': 'ends',
    }
    for (const [name, stem] of Object.entries(names)) {
      const asked = change(upload(2), { dataset: name })
      const { branch: chosen } = await plan(home, { change: asked, push: false })
      assert.is(chosen, `data/${stem}-v2`, name)
    }
  }),
)

test(
  'what a branch proposes already is not proposed again, whoever did it and when',
  atHome(async (home) => {
    await home.commit(begin, {
      branch,
      from,
      manifest: model(upload(2, { timestamp: '2020-01-02T03:04:05.678Z' }), published(1)),
    })
    const tip = await home.at(branch)
    const present = { branch, parent: tip, expected: tip, state: 'present', replaces: null }
    const own = { ...present, isRenewable: true }
    assert.equal(await plan(home), own)
    assert.equal(await plan(home, { push: false, email: 'other@example.org' }), present)
    // The base has moved meanwhile.
    await home.commit({ files: { code: '1' } })
    assert.equal(await plan(home), own)
  }),
)

test(
  'the author’s own older proposal is revised, with what it replaces',
  atHome(async (home) => {
    const draft = upload(2, {
      sha256: sha(7),
      r2_object_key: `model/v2-${sha(7)}.sqlite`,
      staging_key: `staging-uploads/${sha(7)}.sqlite`,
    })
    await home.commit(begin, { branch, from, manifest: model(draft, published(1)) })
    const tip = await home.at(branch)
    const replaces = { commit: tip, sha256: sha(7) }
    const revised = { branch, parent: tip, expected: tip, state: 'revised', replaces }
    assert.equal(await plan(home), revised)
    assert.equal(await plan(home, { push: false }), revised)
    // More than the time is different.
    const words = change(
      upload(2, { ...draft, description: 'Better', timestamp: '2020-01-02T03:04:05.678Z' }),
    )
    assert.equal(await plan(home, { change: words }), revised)
    // Somebody else's stays as it is.
    assert.equal(await plan(home, { email: 'other@example.org' }), await fresh(home, digits))
    // What it would take back is no version.
    await home.commit({
      branch: 'data/model-delete',
      from,
      manifest: [dataset([published(1)], { status: 'pending-deletion' })],
    })
    const mark = deletionOf('model.sqlite@v1')
    const { isAlone, ...one } = mark
    const { state, replaces: whole } = await plan(home, { change: one })
    assert.equal([state, whole?.sha256], ['revised', null])
    // To mark one thing is not to take back that another one was to be marked.
    assert.ok(isAlone)
    // Nor is it proposed already by a branch that goes further.
    const further = [published(1, { status: 'pending-deletion' })]
    const twice = dataset(further, { status: 'pending-deletion' })
    await home.commit({ branch: 'data/model-delete', from, manifest: [twice] })
    assert.equal(
      await plan(home, { change: mark }),
      await fresh(home, `data/model-delete-${mark.digits}`),
    )
    assert.equal(
      await plan(home, { change: mark }),
      await fresh(home, `data/model-delete-${mark.digits}`),
    )
  }),
)

test(
  'what is replaced is told by the hash that would be published, where there is one',
  atHome(async (home) => {
    const status = 'pending-deletion'
    await home.commit({ from: null, manifest: model(upload(3), published(2), published(1)) })
    const hashOf = async (...manifest: Dataset[]): Promise<string | null | undefined> => {
      await home.commit({ branch, from, manifest })
      const asked = change(upload(4, { description: 'Mine' }))
      return (await plan(home, { change: asked, push: false })).replaces?.sha256
    }
    const [upload3, two, one] = [upload(3), published(2), published(1)]
    assert.is(await hashOf(...model(upload(4), upload3, two, one)), sha(4))
    assert.is(await hashOf(dataset([upload3, two, one], { status })), null)
    assert.is(await hashOf(...model(upload3, two, published(1, { status }))), null)
    assert.is(await hashOf(...model(two, one)), null)
    const marked = published(2, { status })
    assert.is(await hashOf(dataset([upload3, marked, upload(5), one], { status })), sha(5))
  }),
)

test(
  'a branch that has no place for the change is other work, any other failure is one',
  atHome(async (home) => {
    await home.commit(begin, { branch: 'data/model-delete', from, manifest: [] })
    for (const name of ['model.sqlite', 'model.sqlite@v1']) {
      const asked = { change: deletionOf(name), push: false }
      assert.is((await plan(home, asked)).branch, `data/model-delete-${asked.change.digits}`)
    }
    await home.commit({ branch: 'data/model-delete', from, manifest: model(published(2)) })
    assert.match(
      (await plan(home, { change: deletionOf('model.sqlite@v1'), push: false })).branch,
      /delete-.{8}$/,
    )
    const withdrawal: Change = {
      ...deletionOf('model.sqlite@v2'),
      edit: (before) => withdrawEntry(before, { dataset: 'model.sqlite', version: 'v2' }),
    }
    assert.match((await plan(home, { change: withdrawal, push: false })).branch, /delete-.{8}$/)

    await home.commit({ branch, from, manifest: model(upload(2), published(1)) })
    for (const error of [
      new DmError('DM_NAME_INVALID', { name: 'x', rule: 'x', suggestion: undefined }),
      new Error('a bug'),
      null,
    ]) {
      const edit = (): never => {
        throw error
      }
      const outcome = await plan(home, { change: change(upload(2), { edit }), push: false }).then(
        () => 'planned',
        (thrown: unknown) => thrown,
      )
      assert.is(outcome, error)
    }
  }),
)

test(
  'the name of a branch that holds other work is not taken',
  atHome(async (home) => {
    const other = dataset([upload(9)], { fileName: 'other.sqlite' })
    const works: Record<string, object> = {
      'no data': { files: { code: '1' } },
      'another dataset': { manifest: [...model(published(1)), other] },
      'another dataset, too': { manifest: [...model(upload(2), published(1)), other] },
      'no manifest': { manifest: 'text' },
      'a folder': { manifest: null, files: { 'manifest.json/x': '1' } },
      'the version, published': { manifest: model(published(2), published(1)) },
    }
    await home.commit(begin)
    for (const [what, step] of Object.entries(works)) {
      await home.commit({ branch, from, ...step })
      for (const push of [true, false]) {
        assert.equal(await plan(home, { push }), await fresh(home, digits), what)
      }
    }
  }),
)

test(
  'where both names are taken, both are told',
  atHome(async (home) => {
    await home.commit(begin, { branch, from, files: { code: '1' } })
    await home.commit({ branch: digits, from, files: { code: '2' } })
    const error = await failure('DM_BRANCH_TAKEN', () => plan(home))
    assert.equal(error.context.branches, [branch, digits])
  }),
)

test(
  'a branch that publishes the version itself is other work',
  atHome(async (home) => {
    await home.commit({ from: null, manifest: model(upload(2), published(1)) })
    await home.commit({ branch, from, manifest: model(published(2), published(1)) })
    const next = change(upload(3), { slug: 'v2' })
    assert.equal(await plan(home, { change: next }), await fresh(home, digits))
  }),
)

test(
  'a branch that was merged is used anew, on top of the base',
  atHome(async (home) => {
    await home.commit(begin, { branch, from, manifest: model(upload(2), published(1)) })
    const tip = await home.at(branch)
    await home.commit({
      merge: `refs/heads/${branch}`,
      manifest: model(published(2), published(1)),
    })
    const { sha256, r2_object_key } = published(3)
    const asked = change(upload(3, { sha256, r2_object_key }))
    for (const push of [true, false]) {
      assert.equal(await plan(home, { change: asked, push }), {
        ...(await fresh(home)),
        expected: tip,
      })
    }
  }),
)

test(
  'a branch without a common history proposes all that it has',
  atHome(async (home) => {
    await home.commit(begin)
    await home.commit({ branch, from: null, manifest: model(upload(2)) })
    assert.is((await plan(home)).state, 'present')
    await home.commit({ branch, from: null, manifest: model(published(1)), files: { x: '1' } })
    assert.is((await plan(home)).state, 'revised')
  }),
)

test(
  'before the first commit, the first proposal begins the history only where there is no remote',
  atHome(async (home) => {
    const first = { branch, parent: null, expected: null, state: 'new', replaces: null }
    assert.equal(await plan(home, { push: false }), first)
    await home.commit({ branch, from: null, manifest: model(upload(2)) }).catch(() => undefined)
    assert.is((await plan(home, { push: false })).state, 'present')
    const other = change(upload(2, { description: 'Other' }))
    assert.is((await plan(home, { push: false, change: other })).state, 'revised')
    await home.home.git('remote', 'add', 'origin', home.home.folder)
    const repository = await home.open()
    const base = { commit: null, manifest: { datasets: [], origin: null } }
    for (const push of [true, false]) {
      const request = {
        repository,
        base,
        manifestPath: 'manifest.json',
        change: change(),
        identity,
      }
      const error = await failure('DM_BASE_EMPTY', () => planProposal({ ...request, push }))
      assert.equal(error.context, { base: 'main', remote: 'origin' })
    }
  }),
)

test(
  'a branch of one’s own that an older base left behind begins anew, unless others work on it',
  atHome(async (home) => {
    const name = 'data/model-rollback'
    const back = (number: number): Change =>
      change(rollback(number, published(1)), { slug: 'rollback' })
    await home.commit({ from: null, manifest: model(published(2), published(1)) })
    const proposed = model(rollback(3, published(1)), published(2), published(1))
    const tip = await home
      .commit({ branch: name, from, manifest: proposed })
      .then(() => home.at(name))
    // Somebody else's v3 was published meanwhile.
    const main = await home.commit({ manifest: model(published(3), published(2), published(1)) })
    const replaces = { commit: tip, sha256: published(1).sha256 }
    const anew = { branch: name, parent: main, expected: tip, isAnew: true }
    for (const push of [true, false]) {
      const found = await plan(home, { change: back(4), push })
      assert.equal(found, { ...anew, state: 'revised', replaces })
    }
    // Merged by a squash and published: its name is free again, and what it has is not proposed.
    const merged = { ...rollback(3, published(1)), commit: 'abcdef2' }
    const later = await home.commit({ manifest: model(merged, published(2), published(1)) })
    assert.equal(await plan(home, { change: back(4) }), {
      ...anew,
      parent: later,
      state: 'new',
      replaces: null,
    })
    // Other files, and other people, are not lost.
    await home.commit({ branch: name, files: { notes: 'mine' } })
    assert.is((await plan(home, { change: back(4) })).branch, `${name}-0123abcd`)
    await home.commit({ branch: name, files: { notes: null } })
    assert.is((await plan(home, { change: back(4) })).isAnew, true)
    const { git } = home.home
    const theirs = ['-c', 'user.email=eve@example.org', 'commit-tree', '-p', name, '-m', 'Eve']
    const eve = await git(...theirs, `${name}^{tree}`)
    const mine = await git('commit-tree', '-p', eve, '-m', 'Mine', `${name}^{tree}`)
    await git('update-ref', `refs/heads/${name}`, mine)
    assert.is((await plan(home, { change: back(4) })).branch, `${name}-0123abcd`)
  }),
)

test(
  'what blocks the name is told, on the remote or here',
  atHome(async (home) => {
    await home.commit(begin, { branch: 'data', from, files: { code: '1' } })
    for (const push of [true, false]) {
      await failure('DM_GIT_BRANCH_BLOCKED', () => plan(home, { push }))
    }
    // Only what is on the remote blocks what is pushed.
    const repository = await home.clone()
    await home.home.git('branch', '-D', 'data')
    const base = await fetchBase(repository, 'manifest.json')
    assert.is((await plan(home, { base })).branch, branch)
  }),
)

test(
  'the branches are asked for where the base was not fetched, and only where it is pushed',
  atHome(async (home) => {
    await home.commit(begin, { branch, from, manifest: model(upload(2), published(1)) })
    const repository = await home.clone()
    const { branches, ...base } = await fetchBase(repository, 'manifest.json')
    assert.ok(branches?.has(`refs/heads/${branch}`))
    const request = { repository, base, manifestPath: 'manifest.json', change: change(), identity }
    assert.is((await planProposal({ ...request, push: true })).state, 'present')
    // As they were when the base was fetched.
    const none = { ...base, branches: new Map() }
    assert.is((await planProposal({ ...request, base: none, push: true })).state, 'new')
    // The branches here are others.
    assert.is((await planProposal({ ...request, push: false })).state, 'new')
  }),
)

test.run()
