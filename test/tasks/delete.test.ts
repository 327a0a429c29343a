import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { Going } from '../../lib/change/removal.ts'
import { runHere } from '../helpers/dm-here.ts'
import { dmOnTerminal, keys } from '../helpers/terminal.ts'
import { dataset, published, upload } from '../lib/publication/scene.ts'
import { onWork, type WorkScene } from './work-scene.ts'

const test = suite('dm delete')

const main = 'refs/heads/main'
const one = published('m', 'v1')
const two = published('m', 'v2')

/** Two published versions of `m.sqlite`, with their objects. */
async function release({ put, commit }: WorkScene): Promise<void> {
  await put('production', one.r2_object_key, 'm v1')
  await put('production', two.r2_object_key, 'm v2')
  await commit(main, { datasets: [dataset('m', [two, one])] })
}

test(
  'a version or a dataset is marked where its name is given, and goes after the merge',
  onWork(async (scene) => {
    const { dm, home, publish, commit } = scene
    await release(scene)
    const history = [
      published('m', 'v3', {
        text: 'm v1',
        commit: 'pending-merge',
        r2_object_key: one.r2_object_key,
      }),
      two,
      one,
    ]
    await commit('refs/heads/theirs', { datasets: [dataset('m', history)], from: main })
    // A dry run needs no confirmation: it shows what would go.
    const dry = await dm('delete', 'm.sqlite@v2', '--dry-run')
    assert.equal([dry.exit, dry.document['wouldPush']], [0, true])
    assert.is(await home.git('for-each-ref', 'refs/heads/data'), '')
    const { exit, document } = await dm('delete', 'm.sqlite@v1', '--confirm', 'm.sqlite@v1')
    assert.equal([exit, document['branch'], document['version']], [0, 'data/m-delete', 'v1'])
    const [going] = document['versions'] as Going[]
    assert.equal([going?.namedBy, going?.stays], [["the branch 'theirs'"], true])
    assert.equal([document['freedBytes'], document['isWhole']], [0, false])
    // Another one beside it is a proposal of its own; the same again is the same.
    const other = await dm('delete', 'm.sqlite@v2', '--confirm', 'm.sqlite@v2')
    assert.match(String(other.document['branch']), /^data\/m-delete-[0-9a-f]{8}$/)
    const again = await dm('delete', 'm.sqlite@v1', '--confirm', 'm.sqlite@v1')
    assert.equal([again.exit, again.document['alreadyPrepared']], [0, true])
    await home.git('update-ref', main, 'data/m-delete')
    const marked = await dm('delete', 'm.sqlite@v1')
    assert.equal([marked.exit, marked.document['changed']], [0, false])
    assert.equal((await publish(0)).deleted, ['m v1'])
    // The newest, and the last: its dataset goes with it.
    const last = await dm('delete', 'm.sqlite@latest', '--confirm', 'm.sqlite@v2')
    assert.equal([last.exit, last.document['isWhole']], [0, true])
    await home.git('update-ref', main, String(last.document['branch']))
    assert.equal((await publish(0)).deleted, ['m v2'])
    assert.is(JSON.parse(await home.git('show', 'main:manifest.json')).length, 0)
  }),
)

test(
  'without the exact name nothing is pushed, also with -y',
  onWork(async (scene) => {
    const { dm, home, commit } = scene
    const back = {
      text: 'n v1',
      commit: 'pending-merge',
      r2_object_key: published('n', 'v1').r2_object_key,
    }
    await commit(main, {
      datasets: [
        dataset('m', [upload('m', 'v3'), two, one]),
        dataset('n', [published('n', 'v2', back), published('n', 'v1')]),
      ],
    })
    const refs = await home.git('for-each-ref')
    for (const [args, code] of [
      [['m.sqlite'], 'DM_DELETION_UNCONFIRMED'],
      [['m.sqlite', '-y'], 'DM_DELETION_UNCONFIRMED'],
      [['m.sqlite', '--confirm', 'm.sqlite@v1'], 'DM_DELETION_UNCONFIRMED'],
      [['m.sqlite@v1', '--confirm', 'm.sqlite'], 'DM_DELETION_UNCONFIRMED'],
      [['m.sqlite@latest', '--confirm', 'm.sqlite'], 'DM_DELETION_UNCONFIRMED'],
      [['m.sqlite@latest', '--confirm', 'm.sqlite@latest'], 'DM_DELETION_UNCONFIRMED'],
      [['m.sqlite@v3', '--confirm', 'm.sqlite@v3'], 'DM_DELETION_PENDING'],
      [['n.sqlite@v1', '--confirm', 'n.sqlite@v1'], 'DM_DELETION_NEEDED'],
      [['m.sqlite@', '--confirm', 'm.sqlite'], 'DM_USAGE'],
    ] as const) {
      const refused = await dm('delete', ...args)
      assert.equal([refused.exit, refused.code], [2, code], args.join(' '))
    }
    assert.match((await dm('delete', 'm.sqlite', '-y')).hint, '--confirm m.sqlite')
    assert.is(await home.git('for-each-ref'), refs)
    // What is pending goes with the whole.
    const whole = await dm('delete', 'm.sqlite', '--confirm', 'm.sqlite')
    assert.equal([whole.exit, whole.document['withdrawn']], [0, ['v3']])
  }),
)

test(
  'a person sees what goes before the name is asked for',
  onWork(async (scene) => {
    const { home, work } = scene
    await release(scene)
    const typed = await dmOnTerminal(
      work,
      ['delete', 'm.sqlite@v1'],
      [
        ['Type m.sqlite@v1 to go on: ', `m.sqlite${keys.enter}`],
        ['Type the whole name', `m.sqlite@v1${keys.enter}`],
      ],
    )
    assert.is(typed.exit, 0, typed.shown)
    const list = typed.shown.indexOf('  v1  4 B')
    assert.ok(list > 0 && list < typed.shown.indexOf('Type m.sqlite@v1'), typed.shown)
    assert.match(typed.shown, 'm.sqlite v1 is marked for deletion.')
    await home.git('branch', '-D', 'data/m-delete')
    const left = await dmOnTerminal(
      work,
      ['delete', 'm.sqlite'],
      [['Type m.sqlite to go on: ', keys.ctrlC]],
    )
    assert.is(left.exit, 130)
    assert.is(await home.git('for-each-ref', 'refs/heads/data'), '')
    // Given, it is not asked for; and asked for nothing where nothing is changed.
    for (const options of [['--confirm', 'm.sqlite'], ['--dry-run']]) {
      const shown = await dmOnTerminal(work, ['delete', 'm.sqlite', '--no-push', ...options])
      assert.equal([shown.exit, shown.shown.includes('Type m.sqlite')], [0, false])
    }
    const { stdout } = await runHere(work, ['delete', 'm.sqlite', '--dry-run'])
    assert.match(stdout, 'm.sqlite, the whole dataset')
  }),
)

test.run()
