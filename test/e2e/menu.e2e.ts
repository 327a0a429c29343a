import { mkdir, rm, utimes, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { createTemoaDatabase, sqlite } from '../helpers/databases.ts'
import { inFolder } from '../helpers/in-folder.ts'
import { dataset, published } from '../lib/publication/scene.ts'
import { menuOn, onMenu, publishModel, what } from './helpers/menu-scene.ts'
import { onTmux } from './helpers/tmux.ts'

const test = suite('the menu on a terminal')
const root = path.join(import.meta.dirname, '../..')

const fields = {
  hash: { pattern: '^[0-9a-f]{4,7}$', prompt: 'Temoa commit' },
  note: { optional: true },
}

for (const columns of [80, 60]) {
  test(
    `on ${columns} columns, prepare is led through, and back by every step`,
    onMenu(
      columns,
      async (scene) => {
        const { work, open, choose, pick, answer, see, press, type, branches, shell } = scene
        await publishModel(scene, ['v1'])
        await mkdir(path.join(work, 'build'))
        await createTemoaDatabase(path.join(work, 'build'))
        await writeFile(path.join(work, 'broken.sqlite'), 'no database')
        await sqlite(path.join(work, 'older.sqlite'), 'CREATE TABLE t(a)')
        await utimes(path.join(work, 'older.sqlite'), 0, 0)
        await open()
        await choose('prepare')
        await pick('Which dataset?', 'model.sqlite', 'mod')
        // The newest comes first, then the folders.
        assert.match(await see('? Which file?'), /❯ broken\.sqlite *\n *older\.sqlite *\n *build\//)
        await type('bui', 'Tab')
        await see('❯ build/temoa.sqlite')
        await press('Enter')
        await answer('What is it about?', "What's new")
        await answer('Set other options?', '')
        await answer('Temoa commit [hash, matches ^[0-9a-f]{4,7}$]', 'xyz')
        await see("'xyz' is not a value for it")
        await press('C-u')
        await type('1a2b', 'Enter')
        const steps = ['Temoa commit', 'Set other options?', 'What is it about?', 'Which file?']
        await see('? note [note]')
        for (const step of [...steps, 'Which dataset?']) {
          await press('Escape')
          await see(`? ${step}`)
        }
        for (const [step, kept] of [
          ['Which dataset?', '❯ model.sqlite'],
          ['Which file?', '❯ build/temoa.sqlite'],
          ['What is it about?', "What's new"],
          ['Set other options?', '(y/N)'],
          ['Temoa commit', '1a2b'],
          ['note [note]', ''],
        ] as const) {
          await see(`? ${step}`)
          await see(kept)
          await press('Enter')
        }
        const preview = await see('? Do this now? (y/N)')
        assert.match(preview, 'Would be prepared: model.sqlite v2')
        assert.match(preview, 'Dry run: nothing has been changed.')
        await press('Escape')
        await answer('note [note]', '')
        assert.equal(await branches(), ['main'])
        assert.match(await scene.doIt(), 'Prepared model.sqlite v2')
        assert.equal(await branches(), ['data/model-v2', 'main'])
        const command = await scene.same()
        await press('Enter')
        await see(what)
        for (let step = 0; step < 2; step++) await press('Escape')
        await see('left 0')
        assert.match(await shell(command), 'Already prepared: model.sqlite v2.')
        assert.match(command, /--message 'What'\\''s new' --yes$/)
      },
      { fields },
    ),
  )
}

test('an empty folder becomes a data repository, in which the main job goes through', () =>
  inFolder(async (folder) => {
    await createTemoaDatabase(folder, 'first.sqlite')
    await onTmux({ cwd: folder, columns: 60 }, async (terminal) => {
      const { open, choose, pick, answer, see, press, shell, doIt } = menuOn(terminal)
      await open()
      const first = await see(`? ${what}`)
      assert.match(first, /No data repository yet[^]*❯ init /)
      // Without git, all else would be refused.
      assert.not.match(first, 'prepare')
      await choose('init')
      await pick('Storage', 'embedded')
      await pick('There is no git repository here.', 'yes')
      assert.match(await doIt(), 'Made a git repository.')
      await press('Enter')
      assert.match(await see(`? ${what}`), /\nData repository[^]*❯ prepare /)
      await press('C-c')
      await see('left 130')
      await shell('git config user.name Ada; git config user.email ada@example.org')
      await shell('git add --all; git commit -qm Begin')
      await open()
      await choose('prepare')
      await pick('Which dataset?', 'first.sqlite  (new)', 'first')
      await pick('Which file?', 'first.sqlite')
      await pick('Which bucket', 'production')
      await answer('What is it about?', 'The first')
      await answer('Set other options?', '')
      assert.match(await doIt(), 'Prepared first.sqlite v1')
      await pick('And now?', 'Leave')
      await see('left 0')
      await shell('git merge -q data/first-v1')
      await open()
      await choose('publish')
      assert.match(await doIt(), 'Published first.sqlite v1')
      await press('Enter')
      await choose('list')
      assert.match(await see('? And now?'), 'first.sqlite')
      await press('Enter')
      await choose('pull')
      await pick('Which dataset?', 'first.sqlite')
      await pick('Which version?', 'the latest')
      await answer('Where to?', 'out/')
      await answer('Set other options?', '')
      assert.match(await doIt(), 'out/first.sqlite')
      await press('C-c')
      await see('left 130')
      assert.match(await shell('cmp first.sqlite out/first.sqlite && echo the same'), /^the same/m)
    })
  }))

test(
  'what is proposed by the menu is what was shown, and goes only once it was confirmed',
  onMenu(60, async (scene) => {
    const { open, choose, pick, answer, see, press, type, branches, doIt, same, shell } = scene
    await publishModel(scene, ['v3', 'v2', 'v1'])
    const waiting = dataset('model', [published('model', 'v4', { commit: 'pending-merge' })])
    await scene.commit('refs/heads/data/other', { from: 'main', datasets: [waiting] })
    await shell('git fetch -q')

    await open()
    await choose('rollback')
    await pick('Which dataset?', 'model.sqlite')
    assert.match(await see('❯ v3'), /^- v4 .*\(not published yet\)$/m)
    await pick('Back to which version?', 'v1')
    await answer('What is it about?', '')
    await answer('Set other options?', '')
    assert.match(await doIt(), 'Proposed model.sqlite v4')
    assert.is(await same(), 'dm rollback model.sqlite --to v1')
    assert.ok((await branches()).includes('data/model-rollback'))
    await press('Enter')

    await scene.home.git('branch', '-D', 'data/other')
    await choose('withdraw')
    await pick('Which dataset?', 'model.sqlite')
    await pick('Which version?', 'whatever waits')
    await answer('What is it about?', '')
    await answer('Set other options?', '')
    assert.match(await doIt(), 'proposed nothing else')
    assert.not((await branches()).includes('data/model-rollback'))
    await press('Enter')

    await choose('prune')
    await pick('Which dataset?', 'model.sqlite')
    await answer('How many of the newest versions', '0')
    await see('is not a number of versions')
    await press('C-u')
    await type('2', 'Enter')
    await answer('What is it about?', '')
    await answer('Set other options?', '')
    assert.match(await see('? Do this now?'), 'to delete 1 of 3 versions')
    await press('Enter')
    await see('Nothing was changed.')
    assert.equal(await branches(), ['main'])
  }),
)

test(
  'a deletion is shown before its name is typed, and a rebase before it undoes something',
  onMenu(60, async (scene) => {
    const { open, choose, pick, answer, see, press, type, branches, doIt, same, shell, dm } = scene
    const { screen } = scene
    await publishModel(scene, ['v3', 'v2', 'v1'])
    await open()
    await choose('delete')
    await pick('Which dataset?', 'model.sqlite')
    await pick('Which version?', 'v2')
    await answer('What is it about?', '')
    await answer('Set other options?', '')
    await answer('Type model.sqlite@v2 to go on', 'model.sqlite')
    const intro = /This would be proposed for deletion:\nmodel\.sqlite, one version\n {2}v2 {2}8 B/
    assert.match(await see('Type the whole name'), intro)
    await press('C-u')
    assert.equal(await branches(), ['main'])
    await type('model.sqlite@v2', 'Enter')
    await see('? And now?')
    const shown = await screen(true)
    // Before and after, and not in a preview besides.
    assert.is(shown.split('model.sqlite, one version').length, 3, shown)
    const command = await same()
    assert.is(command, 'dm delete model.sqlite@v2 --confirm model.sqlite@v2')
    await press('C-c')
    await see('left 130')
    assert.match(await shell(command), 'Already proposed for deletion')
    await dm('withdraw', 'model.sqlite')

    await createTemoaDatabase(scene.work, 'new.sqlite')
    await dm('prepare', 'model.sqlite', 'new.sqlite')
    await publishModel(scene, ['v4', 'v3', 'v2', 'v1'])
    await open()
    await choose('rebase')
    await pick('Which dataset?', 'model.sqlite')
    await answer('What is it about?', '')
    await answer('Set other options?', '')
    await see('only with --accept-reverts')
    await doIt()
    await see('[DM_REBASE_REVERTS]')
    await pick('And now?', 'Change an answer')
    await answer('Set other options?', 'y')
    await answer('--accept-reverts', 'y')
    await answer('--no-push', '')
    assert.match(await doIt(), 'Proposed anew: model.sqlite v4 as v5')
    assert.is(await same(), 'dm rebase model.sqlite --accept-reverts')
  }),
)

test(
  'whatever a manifest holds, it does not reach the terminal, and no secret does',
  onMenu(80, async (scene) => {
    const { open, choose, pick, answer, see, press, screen, doIt } = scene
    const secret = 'hunter2-hunter2'
    const title = '\u001B]0;PWNED\u0007\u009B2J\n\u202E'
    const description = `Evil ${title} ${secret} ${'long '.repeat(30)}漢字`
    const history = [published('evil', 'v1', { description })]
    await scene.put('production', history[0]?.r2_object_key ?? '', 'evil v1')
    await publishModel(scene, ['v1'], dataset('evil', history))
    await writeFile(path.join(scene.work, '.env'), `SOME_TOKEN=${secret}\n`)
    await writeFile(path.join(scene.work, `${title}.sqlite`), 'no database')

    await open()
    await choose('prepare')
    await pick('Which dataset?', 'model.sqlite', 'model')
    await pick('Which file?', '\\u001b]0;PWNED\\u0007\\u009b2J\\u000a\\u202e.sqlite')
    await answer('What is it about?', '')
    await answer('Set other options?', '')
    await see('DM_DATABASE')
    await pick('And now?', 'Back')
    for (const command of ['status', 'verify', 'audit', 'cleanup', 'list']) {
      await choose(command)
      if (command === 'verify') await pick('Whose rights', 'publisher')
      if (command === 'audit' || command === 'cleanup') await answer('Set other options?', '')
      if (command === 'verify' || command === 'cleanup') await doIt()
      await see('? And now?')
      await press('Enter')
    }
    await choose('log')
    await pick('Which dataset?', 'evil.sqlite', 'evil')
    await see('? And now?')
    await press('Enter')
    await choose('pull')
    await pick('Which dataset?', 'evil.sqlite', 'evil')
    await see('? Which version?')
    await press('Down')
    assert.match(await see('❯ v1'), '[hidden]')
    await press('Enter')
    await answer('Where to?', 'out/')
    await answer('Set other options?', '')
    await doIt()
    const all = await screen(true)
    assert.not.match(all, secret)
    assert.match(all, '\\u001b]0;PWNED')
    assert.not.match(await scene.title(), 'PWNED')
  }),
)

/** Prepare waits in its middle where there is a file `wait`, as it would for an upload. */
const slow = `
import { existsSync } from 'node:fs'
import { defineStep } from '${root}/tasks/public.ts'
const wait = defineStep({
  id: 'wait', title: 'Wait for Ctrl+C', needs: [], provides: [], mutates: true, plan: () => ({}),
  run: (_, { signal }) => !existsSync('wait') ? {} : new Promise((_, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason))
    setTimeout(() => reject(new Error('Nobody pressed Ctrl+C')), 20_000).unref()
  }),
})
export default {
  storage: { type: 'folder', path: '../store' },
  pipelines: { prepare: (graph) => graph.after('stage-file', wait) },
}`

test(
  'Esc, Ctrl+D and Ctrl+C leave it, also in the middle of an operation, and nothing is half done',
  onMenu(60, async ({ work, open, choose, pick, answer, see, press, type, branches, shell }) => {
    await open()
    await choose('log')
    await see('nothing yet (git fetch brings what others have)')
    await press('Escape')
    await see(`? ${what}`)
    await press('Escape')
    await see('left 0')
    for (const [key, exit] of [
      ['Escape', 0],
      ['C-d', 0],
      ['C-c', 130],
    ] as const) {
      await open()
      await press(key)
      await see(`left ${exit}`)
    }
    await rm(path.join(work, 'datamanager.config.json'))
    await writeFile(path.join(work, 'datamanager.config.mjs'), slow)
    await writeFile(path.join(work, 'wait'), '')
    await createTemoaDatabase(work, 'new.sqlite')
    const lead = async (): Promise<void> => {
      await open()
      await choose('prepare')
      await pick('Which dataset?', 'new.sqlite  (new)', 'new')
      await pick('Which file?', 'new.sqlite')
      await pick('Which bucket', 'production')
      await answer('What is it about?', '')
      await answer('Set other options?', '')
      await see('? Do this now?')
    }
    await lead()
    await press('C-c')
    await see('left 130')
    await lead()
    await type('y', 'Enter')
    await see('Wait for Ctrl+C')
    await press('C-c')
    await see('stopping in good order')
    await see('left 130')
    assert.equal(await branches(), ['main'])
    await rm(path.join(work, 'wait'))
    assert.match(await shell('dm prepare new.sqlite new.sqlite -y'), 'Prepared new.sqlite v1')
    assert.equal(await branches(), ['data/new-v1', 'main'])
  }),
)

test(
  'a long list scrolls, also on a terminal that becomes smaller',
  onMenu(80, async (scene) => {
    const { open, choose, pick, see, press, type, resize } = scene
    const stems = Array.from({ length: 200 }, (_, index) => `set-of-a-long-name-${index}`)
    const entry = published('any', 'v1')
    await publishModel(scene, ['v1'], ...stems.map((stem) => dataset(stem, [entry])))
    await open()
    await choose('log')
    await see('? Which dataset?')
    await press(...Array<string>(30).fill('Down'))
    await see('❯ set-of-a-long-name-29.sqlite')
    await resize(60)
    await press('Down')
    const shown = await see('❯ set-of-a-long-name-30.sqlite')
    assert.match(shown, '? Which dataset?')
    await type('name-19')
    await see('❯ set-of-a-long-name-19.sqlite')
    await type('7')
    await pick('Which dataset?', 'set-of-a-long-name-197.sqlite')
    await see('? And now?')
  }),
)

test.run()
