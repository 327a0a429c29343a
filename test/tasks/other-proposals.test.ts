import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { createTemoaDatabase } from '../helpers/databases.ts'
import { runHere } from '../helpers/dm-here.ts'
import { dataset, published, upload } from '../lib/publication/scene.ts'
import { onWork } from './work-scene.ts'

const test = suite('other open proposals')

const status = 'pending-deletion'

test(
  'each command that proposes names what is open for its dataset, but not its own proposal',
  onWork(async ({ dm, commit, folder, work }) => {
    const file = await createTemoaDatabase(folder)
    const [two, one] = [published('model', 'v2'), published('model', 'v1')]
    const history = [published('model', 'v3', { status }), two]
    const base = [dataset('model', [...history, one])]
    await commit('refs/heads/main', { datasets: base })
    const from = 'refs/heads/main'
    const marked = published('model', 'v1', { status })
    await commit('refs/heads/theirs', { datasets: [dataset('model', [...history, marked])], from })
    const newer = [upload('model', 'v4'), ...history, one]
    await commit('refs/pull/12/head', { datasets: [dataset('model', newer)], from })
    const other = dataset('other', [upload('other', 'v1')])
    await commit('refs/heads/unrelated', { datasets: [...base, other], from })
    await commit('refs/heads/broken', { datasets: 'no manifest', from })
    for (const [command, ...args] of [
      ['prepare', 'model.sqlite', file, '--no-diff'],
      ['rollback', 'model.sqlite', '--to', 'v1'],
      ['prune', 'model.sqlite', '--keep', '1'],
      ['delete', 'model.sqlite@v2', '--confirm', 'model.sqlite@v2'],
      ['withdraw', 'model.sqlite@v3'],
      ['rebase', 'model.sqlite', '--no-push'],
    ] as const) {
      if (command === 'rebase') {
        // One that is only here.
        await runHere(work, ['prepare', 'model.sqlite', file, '--no-push', '--no-diff'])
      }
      for (const option of ['--dry-run', null, ...(command === 'prepare' ? ['--yes'] : [])]) {
        if (option === null) {
          const { exit, stderr } = await runHere(work, [command, ...args])
          assert.is(exit, 0, stderr)
          assert.match(stderr, "Note: Other open proposals for 'model.sqlite': ")
          continue
        }
        const { exit, document } = await dm(command, ...args, option)
        const told = document['notices'] as { code: string; message: string }[] | undefined
        const what = `${command} ${option}: ${JSON.stringify(document)}`
        // What cannot be read keeps what it may need; where nothing goes, that is nobody's concern.
        const codes = command === 'prepare' ? [] : ['DM_REFERENCE_UNREADABLE']
        const expected = [0, [...codes, 'DM_PROPOSAL_OTHERS']]
        // Nothing is in the store that a diff of a rollback could be made of.
        const said = told?.filter(({ code }) => code !== 'DM_NOTICE')
        assert.equal([exit, said?.map(({ code }) => code)], expected, what)
        const { message = '' } = said?.at(-1) ?? {}
        assert.match(message, "v1 (deletion) on 'theirs'")
        assert.match(message, 'v4 (upload) on pull request 12')
        assert.not.match(message, 'unrelated')
        assert.not.match(message, `'${String(document['branch'])}'`)
      }
    }
  }),
)

test.run()
