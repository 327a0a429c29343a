import { mkdir } from 'node:fs/promises'
import path from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { createDataRepository, type DataRepository } from '../helpers/data-repository.ts'
import { createTemoaDatabase } from '../helpers/databases.ts'
import { dmJson, runHere } from '../helpers/dm-here.ts'
import { inFolder } from '../helpers/in-folder.ts'
import { dmOnTerminal, keys, type Reply } from '../helpers/terminal.ts'

const test = suite('the menu')

const { enter, ctrlC, esc } = keys
const what = 'What would you like to do?'

const config = `export default { fields: {
  hash: { pattern: '^[0-9a-f]{4,7}$', prompt: 'Temoa commit' },
  note: { optional: true },
} }`

interface Scene extends DataRepository {
  /** Opens the menu; returns what was shown, and the branches that the remote then has. */
  readonly open: (
    replies: readonly Reply[],
  ) => Promise<{ exit: number; shown: string; branches: string }>
}

function onScene(body: (scene: Scene) => Promise<void>): () => Promise<void> {
  return () =>
    inFolder(async (folder) => {
      const files = { 'manifest.json': '[]\n', 'datamanager.config.mjs': config }
      const repository = await createDataRepository(folder, files)
      const { work, remote } = repository
      await mkdir(path.join(work.folder, 'build'))
      await createTemoaDatabase(path.join(work.folder, 'build'))
      const open: Scene['open'] = async (replies) => {
        const ended = await dmOnTerminal(work.folder, [], replies)
        return { ...ended, branches: await remote.git('branch', '--format=%(refname:short)') }
      }
      await body({ ...repository, open })
    })
}

/** All answers up to the preview of prepare. */
const toPreview: readonly Reply[] = [
  [what, enter],
  ['Which dataset?', 'model'],
  ['❯ model.sqlite  (new)', enter],
  ['❯ build/', enter],
  ['❯ build/temoa.sqlite', enter],
  ['❯ production', enter],
  ['What is it about? (Enter: no message):', `What's new${enter}`],
  ['Set other options? --disclose, --no-push', enter],
  ['Temoa commit [hash, matches ^[0-9a-f]{4,7}$]:', `xyz${enter}`],
  ["'xyz' is not a value for it", `\u00151a2b${enter}`],
  ['note [note] (Enter: none):', enter],
]

test(
  'leads through prepare, shows what would happen, does it, and tells the command that does the same',
  onScene(async ({ open, work, remote }) => {
    const replies: Reply[] = [
      ...toPreview,
      ['Dry run: nothing has been changed.', ''],
      ['Do this now? (y/N)', esc],
      ['note [note] (Enter: none):', enter],
      ['Do this now? (y/N)', `y${enter}`],
      ['Prepared model.sqlite v1', ''],
      ['And now?', enter],
      [what, ctrlC],
    ]
    const { exit, shown, branches } = await open(replies)
    assert.is(exit, 130)
    assert.is(branches, 'data/model-v1\nmain', shown)
    const [, words] = /The same as a command:\n {2}(?:npx )?dm (.*)\n/.exec(shown) ?? []
    const command =
      "prepare model.sqlite build/temoa.sqlite --bucket production --field hash=1a2b --message 'What'\\''s new' --yes"
    assert.is(words, command)
    assert.match(await remote.git('log', '-1', '--format=%B', 'data/model-v1'), "What's new")
    const args = command.replace("'What'\\''s new'", 'MESSAGE').split(' ')
    const again = args.map((word) => (word === 'MESSAGE' ? "What's new" : word))
    const { alreadyPrepared, branch } = await dmJson(work.folder, again)
    assert.equal([alreadyPrepared, branch], [true, 'data/model-v1'])
  }),
)

test(
  'Ctrl+C in the middle leaves with 130, and nothing was done',
  onScene(async ({ open }) => {
    // From the preview too: test/e2e.
    const left = await open([...toPreview.slice(0, 6), ['What is it about?', ctrlC]])
    assert.equal([left.exit, left.branches], [130, 'main'], left.shown)
  }),
)

test('without a terminal, and where nothing may be asked, the menu is refused', async () => {
  for (const args of [['menu'], ['menu', '--yes'], ['menu', '--json']]) {
    const { exit, stderr } = await runHere('/', args)
    assert.equal([exit, /needs a terminal/.test(stderr)], [2, true])
  }
  const { exit, shown } = await dmOnTerminal('/', ['menu', '--json'])
  assert.is(exit, 2)
  assert.match(shown, 'neither --json nor --yes')
})

test.run()
