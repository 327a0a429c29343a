import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { commitFiles, type FilesCommit as Commit } from '../helpers/commit-files.ts'
import { dmHere, runHere } from '../helpers/dm-here.ts'
import type { TestDataset } from '../helpers/data-repository.ts'
import { denyPushes, testRepository } from '../helpers/git-repository.ts'
import { repositoryState } from '../helpers/repository-state.ts'
import { dataset, published, upload } from '../lib/publication/scene.ts'
import { onWork, type WorkScene } from './work-scene.ts'

const test = suite('dm withdraw')

const status = 'pending-deletion'
const main = 'refs/heads/main'
const one = published('model', 'v1')
const two = published('model', 'v2')

/** What the base has of `model.sqlite`, or of the one dataset that there is: its versions and marks. */
async function stateOf({ home }: WorkScene, ref = 'main'): Promise<string[]> {
  const datasets = JSON.parse(await home.git('show', `${ref}:manifest.json`)) as TestDataset[]
  return datasets.flatMap(({ history, ...whole }) => {
    const versions = history.map(({ version, commit, status: mark }) => {
      const words = [version, commit === 'pending-merge' ? 'pending' : '', mark ? 'marked' : '']
      return words.filter(Boolean).join(' ')
    })
    return (whole.status === undefined ? [] : ['whole marked']).concat(versions)
  })
}

/** Situations on the base that publish refuses or leaves, and what is said to get out of them. */
const situations: Record<string, { of: TestDataset; say: string; left: string[]; kind?: string }> =
  {
    'an upload with a wrong number': {
      of: dataset('model', [upload('model', 'v9'), one]),
      say: 'model.sqlite',
      left: ['v1'],
    },
    'an upload whose staged bytes are gone': {
      of: dataset('model', [upload('model', 'v2'), one]),
      say: 'model.sqlite@v2',
      left: ['v1'],
    },
    'an upload into a bucket that is not there': {
      of: dataset('model', [upload('model', 'v1')], { bucket: 'elsewhere' }),
      say: 'model.sqlite',
      left: [],
    },
    'a number that is out of all bounds': {
      of: dataset('model', [upload('model', 'v99999999999'), one]),
      say: 'model.sqlite@v99999999999',
      left: ['v1'],
    },
    'a mark on a pending version': {
      of: dataset('model', [upload('model', 'v2', { status }), one]),
      say: 'model.sqlite@v2',
      left: ['v1'],
    },
    'a mark on a dataset with a pending version': {
      of: dataset('model', [upload('model', 'v2'), one], { status }),
      say: 'model.sqlite',
      left: ['v2 pending', 'v1'],
      kind: 'deletion',
    },
    'a pending version of a marked dataset': {
      of: dataset('model', [upload('model', 'v2'), one], { status }),
      say: 'model.sqlite@v2',
      left: ['whole marked', 'v1'],
    },
    'a rollback whose target is gone': {
      of: dataset('model', [
        published('model', 'v3', {
          text: 'model v1',
          commit: 'pending-merge',
          r2_object_key: one.r2_object_key,
        }),
        two,
      ]),
      say: 'model.sqlite',
      left: ['v2'],
      kind: 'rollback',
    },
    'a mark on a version': {
      of: dataset('model', [two, published('model', 'v1', { status })]),
      say: 'model.sqlite@v1',
      left: ['v2', 'v1'],
      kind: 'deletion',
    },
    'two that are refused, one after the other': {
      of: dataset('model', [upload('model', 'v8'), upload('model', 'v7'), one]),
      say: 'model.sqlite@v7',
      left: ['v8 pending', 'v1'],
    },
    'an old name that looks like a version': {
      of: { fileName: 'Ünï & co@v1', history: [upload('model', 'v2'), one] },
      say: 'Ünï & co@v1',
      left: ['v1'],
    },
  }

test(
  'a branch takes back what publish refuses or leaves, twice is once, and publish goes on',
  onWork(async (scene) => {
    const { dm, commit, home, put } = scene
    for (const { r2_object_key: key, version } of [one, two]) {
      await put('production', key, `model ${version}`)
    }
    await commit(main, { datasets: [dataset('model', [upload('model', 'v1')])] })
    const planned = await dm('withdraw', 'model.sqlite', '--dry-run')
    assert.equal([planned.exit, await home.git('for-each-ref', 'refs/heads/data')], [0, ''])
    for (const [what, { of, say, left, kind = 'upload' }] of Object.entries(situations)) {
      const tip = await commit(main, { datasets: [of], from: null })
      const { exit, document } = await dm('withdraw', say)
      assert.equal([exit, document['changed'], document['kind']], [0, true, kind], what)
      assert.equal([document['from'], document['pushed']], ['base', true], what)
      const branch = String(document['branch'])
      assert.match(branch, /^data\/.*-withdraw$/)
      assert.equal(await stateOf(scene, branch), left, what)
      assert.is(await home.git('rev-parse', `${branch}^`), tip, what)
      if (left.length === 0) {
        const again = await dm('withdraw', say)
        assert.equal([again.exit, again.document['alreadyPrepared']], [0, true], what)
        assert.is(again.document['commit'], document['commit'], what)
      }
      await home.git('update-ref', main, branch)
      await home.git('branch', '-D', branch)
      const failed = (await dm('publish')).document['failed'] as { version: string }[]
      assert.not.ok(
        kind !== 'deletion' && failed.some(({ version }) => say.endsWith(version)),
        what,
      )
    }
  }),
)

test(
  'what an own branch proposes is taken off it, and a branch that proposes nothing else goes',
  onWork(async (scene) => {
    const { dm, commit, home, work } = scene
    await commit(main, { datasets: [dataset('model', [one])] })
    const mine = await commit('refs/heads/data/model-v2', {
      datasets: [dataset('model', [upload('model', 'v2'), one])],
      from: main,
    })
    const before = await repositoryState(testRepository(work))
    const planned = await dm('withdraw', 'model.sqlite', '--dry-run')
    assert.equal([planned.exit, planned.document['branchDeleted']], [0, true])
    assert.is(await home.git('rev-parse', 'data/model-v2'), mine)
    const { exit, document } = await dm('withdraw', 'model.sqlite')
    const { from, branch, branchDeleted, pushed, commit: made } = document
    assert.equal(
      { exit, from, branch, branchDeleted, pushed, made },
      {
        exit: 0,
        from: 'branch',
        branch: 'data/model-v2',
        branchDeleted: true,
        pushed: true,
        made: null,
      },
    )
    assert.is(await home.git('for-each-ref', 'refs/heads/data'), '')
    assert.is(await repositoryState(testRepository(work)), before)
    // Twice is once: there is nothing left, with the number or without.
    for (const say of ['model.sqlite', 'model.sqlite@v2']) {
      const again = await dm('withdraw', say)
      assert.equal([again.exit, again.document['changed']], [0, false], say)
    }
    // Of a new dataset nothing is left that could tell it from a slip of the keyboard.
    const fresh = dataset('fresh', [upload('fresh', 'v1')])
    await commit('refs/heads/data/fresh-v1', {
      datasets: [dataset('model', [one]), fresh],
      from: main,
    })
    assert.is((await dm('withdraw', 'fresh.sqlite')).exit, 0)
    const unknown = await dm('withdraw', 'fresh.sqlite')
    assert.equal([unknown.exit, unknown.code], [2, 'DM_UNKNOWN_DATASET'])
    assert.match(unknown.hint, "that is done: nothing proposes 'fresh.sqlite' any more")
    // A branch that proposes something else, or has other work, gets a further commit.
    const marked = published('model', 'v1', { status })
    await commit('refs/heads/data/model-v2', {
      datasets: [dataset('model', [upload('model', 'v2'), marked])],
      from: main,
    })
    await commit('refs/heads/data/model-x', {
      datasets: [dataset('model', [upload('model', 'v3'), one])],
      files: { notes: 'mine' },
      from: main,
    })
    const several = await dm('withdraw', 'model.sqlite')
    assert.equal([several.exit, several.code], [2, 'DM_WITHDRAWAL_SEVERAL'])
    assert.match(several.message, "model.sqlite@v2 (upload, on 'data/model-v2')")
    assert.match(several.hint, 'dm withdraw model.sqlite@v')
    for (const [say, name, left] of [
      ['model.sqlite@v2', 'data/model-v2', ['v1 marked']],
      ['model.sqlite@v3', 'data/model-x', ['v1']],
    ] as const) {
      const tip = await home.git('rev-parse', name)
      const further = await dm('withdraw', say)
      assert.equal([further.exit, further.document['branchDeleted']], [0, false], say)
      assert.is(await home.git('rev-parse', `${name}^`), tip)
      assert.equal(await stateOf(scene, name), left)
    }
    // What is not called as a proposal is somebody's own branch, and stays.
    await commit('refs/heads/fix', {
      datasets: [dataset('model', [upload('model', 'v4'), one])],
      from: main,
    })
    const fix = await dm('withdraw', 'model.sqlite@v4')
    assert.equal(
      [fix.exit, fix.document['branch'], fix.document['branchDeleted']],
      [0, 'fix', false],
    )
    const { stdout } = await runHere(work, ['withdraw', 'model.sqlite@v1'])
    assert.match(stdout, "Took back the deletion mark of model.sqlite v1: 'data/model-v2' proposed")
  }),
)

test(
  'what was kept with --no-push is taken back here, but not while it is checked out',
  onWork(async (scene) => {
    const { dm, commit, home, work } = scene
    await commit(main, { datasets: [dataset('model', [one])] })
    await commit('refs/heads/data/model-v2', {
      datasets: [dataset('model', [upload('model', 'v2'), one])],
      from: main,
    })
    const { git } = testRepository(work)
    await git('fetch', '--quiet', 'origin', 'data/model-v2:data/model-v2')
    // Both have it: without a push, the one here is meant.
    const here = await dm('withdraw', 'model.sqlite', '--no-push')
    assert.equal([here.exit, here.document['pushed']], [0, false])
    assert.is(await git('for-each-ref', 'refs/heads/data'), '')
    assert.ok(await home.git('rev-parse', 'data/model-v2'))
    await git('fetch', '--quiet', 'origin', 'data/model-v2:data/model-v2')
    await home.git('branch', '-D', 'data/model-v2')
    await git('checkout', '--quiet', 'data/model-v2')
    for (const dry of [['--dry-run'], []]) {
      const busy = await dm('withdraw', 'model.sqlite', ...dry)
      assert.equal([busy.exit, busy.code], [2, 'DM_GIT_BRANCH_CHECKED_OUT'], dry[0])
    }
    await git('checkout', '--quiet', '--detach')
    const gone = await dm('withdraw', 'model.sqlite@v2')
    assert.equal(
      [gone.exit, gone.document['branchDeleted'], gone.document['pushed']],
      [0, true, false],
    )
    assert.is(await git('for-each-ref', 'refs/heads/data'), '')
  }),
)

test(
  'what is not yours, not there or published is refused, and nothing is touched',
  onWork(async (scene) => {
    const { dm, commit, home, work } = scene
    await commit(main, { datasets: [dataset('model', [two, one])] })
    const theirs = [
      dataset('model', [upload('model', 'v3'), two, one]),
      dataset('new', [upload('new', 'v1')]),
    ]
    await commit('refs/heads/data/model-v3', { datasets: theirs.slice(0, 1), from: main })
    await commit('refs/pull/7/head', {
      datasets: [dataset('model', [two, one]), theirs[1] ?? dataset('x', [])],
      from: main,
    })
    await testRepository(work).git('config', 'user.email', 'eve@example.org')
    const refs = await home.git('for-each-ref')
    for (const [say, code, words] of [
      ['model.sqlite', 'DM_WITHDRAWAL_FOREIGN', /v3 .* on 'data\/model-v3' by Ada Test/],
      ['new.sqlite', 'DM_WITHDRAWAL_FOREIGN', /in a pull request from outside/],
      ['new.sqlite@v2', 'DM_UNKNOWN_VERSION', /'v2'/],
      ['model.sqlite@v1', 'DM_MANIFEST_ENTRY_PUBLISHED', /v1/],
      ['model.sqlite@v33', 'DM_UNKNOWN_VERSION', /v33/],
      ['model.sqlite@latest', 'DM_USAGE', /latest/],
      ['model.sqlite@3', 'DM_USAGE', /'3' is not a version/],
      ['modle.sqlite', 'DM_UNKNOWN_DATASET', /modle/],
    ] as const) {
      const refused = await dm('withdraw', say, '-y')
      assert.equal([refused.exit, refused.code], [2, code], say)
      assert.match(refused.message, words)
      if (code === 'DM_USAGE') assert.match(refused.hint, 'dm status shows what can be withdrawn')
    }
    assert.is(await home.git('for-each-ref'), refs)
  }),
)

test(
  'what several own branches propose is taken off none, but a copy of a proposal is only a copy',
  onWork(async (scene) => {
    const { dm, commit, home, work } = scene
    const here = testRepository(work)
    const several = async (say: string, hint: string): Promise<void> => {
      const refs = [await home.git('for-each-ref'), await here.git('for-each-ref', 'refs/heads')]
      const refused = await dm('withdraw', say)
      assert.equal([refused.exit, refused.code], [2, 'DM_WITHDRAWAL_SEVERAL'], hint)
      assert.ok(refused.hint.endsWith(`such as: ${hint}`), refused.hint)
      assert.equal(
        [await home.git('for-each-ref'), await here.git('for-each-ref', 'refs/heads')],
        refs,
      )
    }
    const [name, other] = ['data/model-v2', 'data/model-v2-12345678']
    await commit(main, { datasets: [dataset('model', [one])] })
    const draft = dataset('model', [upload('model', 'v2', { text: 'draft' }), one])
    const better = dataset('model', [upload('model', 'v2'), one])
    const tip = await commit(`refs/heads/${name}`, { datasets: [draft], from: main })
    await commit(`refs/heads/${other}`, { datasets: [better], from: main })
    for (const say of ['model.sqlite', 'model.sqlite@v2']) {
      await several(say, `git push origin --delete ${other}`)
    }
    await here.git('push', '--quiet', 'origin', '--delete', other)
    await here.git('fetch', '--quiet', 'origin', `${name}:data/mine`)
    await several('model.sqlite@v2', 'git branch -D data/mine')
    await here.git('branch', '--quiet', '-m', 'data/mine', 'a-copy')
    // Of a branch with the same name here, the remote's counts, wherever the other one is.
    await here.git('branch', '--quiet', name, 'a-copy')
    await commit(`refs/heads/${name}`, { datasets: [better] })
    await here.git('fetch', '--quiet', 'origin', `+${name}:a-copy`)
    await home.git('branch', 'backup', name)
    const taken = await dm('withdraw', 'model.sqlite')
    assert.equal([taken.exit, taken.document['branch']], [0, name])
    assert.is(await home.git('for-each-ref', '--format=%(refname)', 'refs/heads/data'), '')
    assert.is(await here.git('rev-parse', name), tip)
    assert.is(await here.git('rev-parse', 'a-copy'), await home.git('rev-parse', 'backup'))
    await here.git('branch', '--quiet', '-D', name, 'a-copy')
    await home.git('branch', '--quiet', '-D', 'backup')
    // Of one on the base and one on a branch, the name of the dataset means neither.
    await commit(main, { datasets: [dataset('model', [upload('model', 'v2'), one])] })
    const next = dataset('model', [upload('model', 'v3'), upload('model', 'v2'), one])
    await commit(`refs/heads/${name}`, { datasets: [next], from: main })
    await several('model.sqlite', 'dm withdraw model.sqlite@v2')
    // Nor is the whole taken off one of two.
    const whole = dataset('model', [upload('model', 'v2'), one], { status })
    await commit(`refs/heads/${name}`, { datasets: [whole], from: main })
    await commit(`refs/heads/${other}`, { datasets: [whole], from: main, message: 'Again' })
    await several('model.sqlite', `git push origin --delete ${other}`)
  }),
)

test(
  'whose a branch is, its commits tell and no merge does; it goes only where nobody else made one',
  onWork(async (scene) => {
    const { dm, commit, home } = scene
    const name = 'refs/heads/data/model-v2'
    const [Ada, Boss] = ['Ada Test <ada@example.org>', 'Boss <boss@example.org>']
    const by = (author: string, of: TestDataset, from?: string): Commit => {
      return { ref: name, author, from, files: { 'manifest.json': JSON.stringify([of]) } }
    }
    const update = (author: string, files = {}): Commit => ({
      ref: name,
      merge: main,
      author,
      files,
    })
    const draft = dataset('model', [upload('model', 'v2', { note: 1 }), one])
    const better = dataset('model', [upload('model', 'v2', { note: 2 }), one])
    const old = await commit(main, { datasets: [dataset('model', [one])] })
    await commit(main, { files: { code: '1' } })
    const code = { code: '1' }
    // One who has brought the base in owns nothing for that.
    await commitFiles(home.folder, [by(Boss, draft, old), update(Ada, code)])
    const foreign = await dm('withdraw', 'model.sqlite')
    assert.equal([foreign.exit, foreign.code], [2, 'DM_WITHDRAWAL_FOREIGN'])
    assert.match(foreign.message, 'by Boss')
    // Nor has the owner lost anything by that, also where the lines were merged the other way round.
    const other = { ref: name, merge: `${name}^0`, from: main, author: Boss }
    for (const last of [update(Boss, code), { ...other, files: by(Ada, better).files }]) {
      await commitFiles(home.folder, [by(Ada, better, old)])
      await commitFiles(home.folder, [last])
      const mine = await dm('withdraw', 'model.sqlite')
      assert.equal([mine.exit, mine.document['branchDeleted']], [0, true])
    }
    // What others made before stays.
    await commitFiles(home.folder, [by(Boss, draft, main), by(Ada, better)])
    const tip = await home.git('rev-parse', name)
    const further = await dm('withdraw', 'model.sqlite')
    assert.equal([further.exit, further.document['branchDeleted']], [0, false])
    assert.is(await home.git('rev-parse', `${name}^`), tip)
    assert.equal(await stateOf(scene, name), ['v1'])
  }),
)

test(
  'a remote that does not take the deletion keeps the branch, and that is told',
  onWork(async (scene) => {
    const { commit, home, work } = scene
    await commit(main, { datasets: [dataset('model', [one])] })
    await commit('refs/heads/data/model-v2', {
      datasets: [dataset('model', [upload('model', 'v2'), one])],
      from: main,
    })
    await denyPushes(home.folder, 'protected')
    const tip = await home.git('rev-parse', 'data/model-v2')
    const refused = await dmHere(work, ['withdraw', 'model.sqlite'])
    assert.equal([refused.exit, refused.code], [1, 'DM_PUSH_REFUSED'])
    assert.is(await home.git('rev-parse', 'data/model-v2'), tip)
  }),
)

test.run()
