import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { runHere } from '../helpers/dm-here.ts'
import { inFolder } from '../helpers/in-folder.ts'
import { onRepository } from '../tasks/publish-scene.ts'
import { created, find, reviewScene, upload } from '../lib/review/review-scene.ts'

const test = suite('dm in GitHub Actions')

/** The commands that the runner obeys in a log, as it does: not those while commands are stopped. */
function obeyed(log: string): string[] {
  const commands: string[] = []
  let word: string | null = null
  for (const line of log.split('\n')) {
    const [, name = '', data = ''] = /^\s*::([^:\s]+)[^:]*::(.*)$/.exec(line) ?? []
    if (name === '') continue
    if (word !== null) {
      if (name === word) word = null
      continue
    }
    if (name === 'stop-commands') word = data
    else commands.push(line)
  }
  assert.is(word, null, 'what follows in the same step may use commands again')
  return commands
}

const recent = { timestamp: new Date().toISOString() }

test('problems are annotations with file and line, and the summary has them', () =>
  inFolder(async (folder) => {
    await reviewScene(path.join(folder, 'work'), {
      wrong: {
        edit: (manifest) => {
          find(manifest, 'model').history.unshift(upload('model', 'v4', recent))
          const evil = '::add-mask::x, 100%: `a` @b <b>'
          manifest.push(created(evil, 'attic', upload('evil', 'v1', recent)))
        },
      },
    })
    const summary = path.join(folder, 'summary.md')
    const env = { GITHUB_ACTIONS: 'true', GITHUB_STEP_SUMMARY: summary }
    const cwd = path.join(folder, 'work')
    const { exit, stderr } = await runHere(cwd, ['check', '--head', 'wrong'], env)
    assert.is(exit, 3)
    const [group, ...rest] = obeyed(stderr)
    assert.is(group, '::group::dm check')
    assert.is(rest.shift(), '::endgroup::')
    const [first = '', second = '', ...others] = rest
    assert.match(
      first,
      /^::error file=manifest\.json,line=\d+,title=model\.sqlite v4%3A DM_CHANGE_VERSION::The new/,
    )
    assert.match(
      second,
      /title=%3A%3Aadd-mask%3A%3Ax%2C 100%25%3A `a` @b <b>\.sqlite v1%3A DM_UNKNOWN_BUCKET::/,
    )
    assert.ok(others.every((line) => line.startsWith('::notice ')))
    const text = await readFile(summary, 'utf8')
    assert.match(text, '### ❌ 2 things must be corrected')
    assert.match(text, '&lt;b&gt;')
    assert.not.match(text, '@b <b>')
  }))

test('what failed is one as well; what is only to be known is a notice', () =>
  inFolder(async (folder) => {
    await reviewScene(folder, {})
    const env = { GITHUB_ACTIONS: 'true' }
    const failed = await runHere(folder, ['check', '--head', 'nowhere'], env)
    const lines = obeyed(failed.stderr)
    assert.match(
      lines.at(-1) ?? '',
      /^::error title=DM_REFERENCE_UNKNOWN::There is no branch 'nowhere'/,
    )
    // One document on stdout, as everywhere.
    const { json, stderr } = await runHere(folder, ['check', '--head', 'main', '--json'], env)
    assert.is(json()['ok'], true)
    assert.equal(obeyed(stderr), ['::group::dm check', '::endgroup::'])
    const usage = await runHere(folder, ['check', '--heads'], env)
    assert.is(usage.exit, 2)
    assert.equal((await runHere(folder, ['check', '--head', 'main'])).stderr.includes('::'), false)
  }))

test('of more than it shows, the last says how many there are', () =>
  inFolder(async (folder) => {
    await reviewScene(folder, {
      many: {
        edit: (manifest) => {
          for (let n = 0; n < 15; n++) {
            manifest.push(created(`n${n}`, 'attic', upload(`n${n}`, 'v1', recent)))
          }
        },
      },
    })
    const { stderr } = await runHere(folder, ['check', '--head', 'many'], {
      GITHUB_ACTIONS: 'true',
    })
    const errors = obeyed(stderr).filter((line) => line.startsWith('::error'))
    assert.is(errors.length, 10)
    assert.is(errors.at(-1), '::error title=dm::and 6 more: see the log')
  }))

test(
  'the summary of publish says what was published, with links',
  onRepository(async ({ work, folder, propose }) => {
    await propose('model', 10)
    const summary = path.join(folder, 'summary.md')
    const env = {
      GITHUB_ACTIONS: 'true',
      GITHUB_STEP_SUMMARY: summary,
      GITHUB_SERVER_URL: 'https://github.com',
      GITHUB_REPOSITORY: 'acme/data',
    }
    const { exit, json } = await runHere(work.folder, ['publish', '--json'], env)
    assert.is(exit, 0)
    const { commit } = json()
    const text = await readFile(summary, 'utf8')
    assert.match(text, '### Published\n\n- Published **model.sqlite v1**\n\nCommit [')
    assert.match(text, `](https://github.com/acme/data/commit/${String(commit)})`)
    await runHere(work.folder, ['publish'], env)
    assert.match(await readFile(summary, 'utf8'), /### Nothing was pending\n$/)
  }),
)

test.run()
