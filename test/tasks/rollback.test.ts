import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { runHere } from '../helpers/dm-here.ts'
import { dataset, published, upload } from '../lib/publication/scene.ts'
import { onWork, type WorkScene } from './work-scene.ts'

const test = suite('dm rollback')

/** Two published versions, with their bytes. */
async function release({ put, commit }: WorkScene): Promise<string> {
  const history = [published('model', 'v2'), published('model', 'v1', { owner: 'Ada' })]
  for (const { r2_object_key: key, version } of history)
    await put('production', key, `model ${version}`)
  return commit('refs/heads/main', { datasets: [dataset('model', history)] })
}

test(
  'it proposes a version with the bytes of an old one, and publish makes it the latest',
  onWork(async (scene) => {
    const { dm, publish, home, keys } = scene
    await release(scene)
    const before = await keys('production')
    const planned = await dm('rollback', 'model.sqlite', '--to', 'v1', '--dry-run')
    assert.equal([planned.exit, planned.document['wouldPush']], [0, true])
    assert.is(await home.git('for-each-ref', 'refs/heads/data'), '')
    const { exit, document } = await dm('rollback', 'model.sqlite', '--to', 'v1')
    assert.is(exit, 0)
    const { sha256, bytes } = published('model', 'v1')
    const { changed, version, bucket, branch, pushed, pullRequest, replaces, diff } = document
    assert.equal(
      { changed, version, bucket, branch, pushed, pullRequest, replaces, diff },
      {
        changed: true,
        version: 'v3',
        bucket: 'production',
        branch: 'data/model-rollback',
        pushed: true,
        pullRequest: null,
        replaces: null,
        diff: null,
      },
    )
    assert.equal([document['sha256'], document['bytes']], [sha256, bytes])
    assert.not('staged' in document)
    assert.equal(await keys('staging'), [])
    // The same again, also by the other name, is the same proposal; another one takes its place.
    const again = await dm('rollback', 'model.sqlite', '--to-version', 'v1')
    assert.equal([again.exit, again.document['alreadyPrepared']], [0, true])
    assert.is(again.document['commit'], document['commit'])
    // On the base it waits, then it is the latest.
    const tip = await home.git('rev-parse', 'data/model-rollback')
    await home.git('update-ref', 'refs/heads/main', tip)
    const waits = await dm('rollback', 'model.sqlite', '--to', 'v1')
    assert.equal([waits.exit, waits.document['changed']], [0, false])
    assert.is((await publish(0)).document['commit'] === null, false)
    assert.equal(await keys('production'), before)
    const current = await dm('rollback', 'model.sqlite', '--to', 'v3')
    assert.equal([current.document['changed'], current.document['alreadyPrepared']], [false, false])
    assert.match(await home.git('show', 'main:manifest.json'), '"latestVersion": "v3"')
  }),
)

test(
  'what is proposed beside it is named, and what changes is listed before it is pushed',
  onWork(async (scene) => {
    const { dm, commit, work } = scene
    await release(scene)
    const history = [upload('model', 'v3'), published('model', 'v2'), published('model', 'v1')]
    const from = 'refs/heads/main'
    await commit('refs/heads/theirs', { datasets: [dataset('model', history)], from })
    await commit('refs/pull/12/head', {
      datasets: [dataset('model', history.slice(1), { status: 'pending-deletion' })],
      from,
    })
    const other = dataset('other', [upload('other', 'v1')])
    await commit('refs/heads/unrelated', {
      datasets: [dataset('model', history.slice(1)), other],
      from,
    })
    const ask = ['rollback', 'model.sqlite', '--to', 'v1', '--no-diff']
    const { stdout, stderr } = await runHere(work, ask)
    assert.match(stderr, "v3 (upload) on 'theirs'; all (deletion) on pull request 12.")
    assert.not.match(stderr, 'unrelated')
    const lines = stderr.split('\n').map((line) => line.trim())
    const listed = lines.findIndex((line) =>
      line.startsWith('model.sqlite v3 is new: a rollback, '),
    )
    assert.ok(listed > 0 && listed < lines.findIndex((line) => line.includes('Push the branch')))
    assert.match(stdout, "Proposed model.sqlite v3 for 'production', with the bytes of v1.")
    // Not of itself.
    const { document } = await dm(...ask)
    const notices = document['notices'] as { code: string; message: string }[]
    assert.equal(
      notices.map(({ code }) => code),
      ['DM_PROPOSAL_OTHERS'],
    )
    assert.not.match(notices[0]?.message ?? '', 'data/model-rollback')
  }),
)

test(
  'what is marked for deletion does not stand for the version that is wanted',
  onWork(async (scene) => {
    const { dm, commit } = scene
    await release(scene)
    const old = [published('model', 'v2'), published('model', 'v1')]
    const back = { text: 'model v1', r2_object_key: old[1]?.r2_object_key ?? '' }
    for (const [status, changed] of [
      [undefined, false],
      ['pending-deletion', true],
    ] as const) {
      const newest = published('model', 'v3', { ...back, ...(status && { status }) })
      await commit('refs/heads/main', { datasets: [dataset('model', [newest, ...old])] })
      const { exit, document } = await dm('rollback', 'model.sqlite', '--to', 'v1', '--dry-run')
      assert.equal([exit, document['changed']], [0, changed])
      assert.is(document['version'], changed ? 'v4' : 'v3')
    }
  }),
)

test(
  'it is refused for what is not there to go back to, and nothing is pushed',
  onWork(async (scene) => {
    const { dm, commit, home } = scene
    const status = 'pending-deletion'
    const history = [upload('model', 'v3'), published('model', 'v2', { status })]
    await commit('refs/heads/main', {
      datasets: [
        dataset('model', [...history, published('model', 'v1')]),
        dataset('gone', [published('gone', 'v1')], { status }),
      ],
    })
    for (const [args, code, words] of [
      [['model.sqlite', '--to', 'v3'], 'DM_ROLLBACK_TARGET', 'v1'],
      [['model.sqlite', '--to', 'v2'], 'DM_ROLLBACK_TARGET', 'v1'],
      [['model.sqlite', '--to', 'v9'], 'DM_UNKNOWN_VERSION', 'v1'],
      [['model.sqlite', '--to', '1'], 'DM_USAGE', 'v2, …; dm log NAME shows'],
      [['model.sqlite@v1', '--to', 'v2'], 'DM_USAGE', 'NAME@vN or --to vN.'],
      [['model.sqlite'], 'DM_USAGE', '--to vN'],
      [['model', '--to', 'v1'], 'DM_UNKNOWN_DATASET', 'model.sqlite'],
      [['gone.sqlite', '--to', 'v1'], 'DM_DATASET_MARKED', 'dm withdraw gone.sqlite'],
    ] as const) {
      const refused = await dm('rollback', ...args)
      assert.equal([refused.exit, refused.code], [2, code], args.join(' '))
      assert.match(refused.hint, words)
    }
    assert.is(await home.git('for-each-ref', 'refs/heads/data'), '')
  }),
)

test.run()
