import { writeFile } from 'node:fs/promises'
import path from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import {
  createCompletingScene,
  givenUp,
  hostileNames,
  typeInto,
} from '../helpers/completing-shell.ts'
import { runHere } from '../helpers/dm-here.ts'
import { filesIn } from '../helpers/files.ts'
import { testRepository } from '../helpers/git-repository.ts'
import { inFolder } from '../helpers/in-folder.ts'

const test = suite('completion')

/** The candidates for the last of these words. */
async function fitting(cwd: string, ...words: string[]): Promise<string[]> {
  const { exit, stdout, stderr } = await runHere(cwd, ['__complete', 'zsh', ...words])
  assert.is(exit, 0)
  assert.is(stderr, '')
  const lines = stdout.split('\n').slice(0, -1)
  return lines.map((line) => line.split('\t')[0] ?? '')
}

test('offers what fits at the cursor, and nothing else', () =>
  inFolder(async (folder) => {
    const repository = await createCompletingScene(folder)
    const cases: [words: string[], candidates: string[]][] = [
      [['pu'], ['publish', 'pull']],
      [
        ['help', 'pu'],
        ['publish', 'pull'],
      ],
      [['help', 'pull', ''], []],
      [['--ver'], ['--verbose', '--version']],
      [['-C', ''], [':files']],
      [
        ['-C', '.', 'pu'],
        ['publish', 'pull'],
      ],
      [['pull', 'mo'], ['model.sqlite']],
      [
        ['pull', ''],
        ['model.sqlite', ...hostileNames],
      ],
      [
        ['pull', 'model.sqlite'],
        ['model.sqlite', ...['v2', 'v1', 'v3'].map((one) => `model.sqlite@${one}`)],
      ],
      [['pull', 'model.sqlite@v1'], ['model.sqlite@v1']],
      [['pull', 'model.sqlite', ''], []],
      [
        ['pull', 'model.sqlite', '--version', 'v'],
        ['v2', 'v1', 'v3'],
      ],
      [['pull', '--version', 'v'], []],
      [['pull', 'model.sqlite', '--ref', ''], ['data/model-v3']],
      [['pull', 'model.sqlite', '-o', ''], [':files']],
      [['pull', 'model.sqlite', '--output=x'], [':files']],
      [
        ['pull', '--ver'],
        ['--version', '--verbose'],
      ],
      [['pull', '--ref', 'x', '--re'], []],
      [['pull', '--', '-'], ['-rf.sqlite']],
      [['prepare', 'new.sqlite', ''], [':files']],
      [['prepare', 'x', 'y', '--field', 'a=b', '--fie'], ['--field']],
      [
        ['prepare', '--bucket='],
        ['--bucket=production', '--bucket=internal'],
      ],
      [['prepare', 'x', 'y', ''], []],
      [
        ['rollback', 'model.sqlite', '--to', ''],
        ['v2', 'v1', 'v3'],
      ],
      [['log', 'my'], ['my data.sqlite']],
      [['list-datasets', '--js'], ['--json']],
      [['graph', 'prep'], ['prepare']],
      [['graph', 'prepare', '--format', 'm'], ['mermaid']],
      [
        ['completion', ''],
        ['bash', 'zsh', 'fish'],
      ],
      [['nothing', ''], []],
    ]
    for (const [words, candidates] of cases) {
      assert.equal(
        (await fitting(repository, ...words)).toSorted(),
        candidates.toSorted(),
        words.join(' '),
      )
    }
    // From elsewhere, by -C; fish asks in the same way, and bash with the line itself.
    assert.equal(await fitting(folder, '-C', repository, 'log', 'mod'), ['model.sqlite'])
    const fish = await runHere(repository, ['__complete', 'fish', 'log', "'my"])
    assert.is(fish.stdout, 'my data.sqlite\tdataset\n')
    const bash = await runHere(repository, ['__complete', 'bash', 'dm log my', ''])
    assert.is(bash.stdout, 'my\\ data.sqlite\n')
  }))

test('asks no remote, and says nothing where anything is wrong', () =>
  inFolder(async (folder) => {
    assert.equal(await fitting(folder, 'pull', ''), [])
    const repository = await createCompletingScene(folder)
    const { git, commit } = testRepository(repository)
    await git('remote', 'add', 'origin', path.join(folder, 'gone'))
    await git('update-ref', 'refs/remotes/origin/main', 'main')
    assert.equal(await fitting(repository, 'pull', 'mod'), ['model.sqlite'])
    // Git allows more in the name of a branch than a terminal shows.
    await git('checkout', '--quiet', '-b', 'data/odd\u202ename', 'data/model-v3')
    await commit('Another')
    assert.equal(await fitting(repository, 'pull', 'x', '--ref', ''), ['data/model-v3'])
    await git('update-ref', 'refs/remotes/origin/main', await commit('x', { 'manifest.json': '{' }))
    assert.equal(await fitting(repository, 'pull', ''), [])
    await writeFile(path.join(repository, 'datamanager.config.json'), '{')
    assert.equal(await fitting(repository, 'prepare', '--bucket', ''), [])
    assert.equal(await fitting(repository, 'prep'), ['prepare'])
    const odd = await runHere(repository, ['__complete'])
    assert.equal([odd.exit, odd.stderr], [0, ''])
  }))

test('bash inserts what was chosen, quoted, and runs nothing of it', () =>
  inFolder(async (folder) => {
    const repository = await createCompletingScene(folder)
    const before = await filesIn(repository)
    const lines = [
      givenUp,
      'dm pul\tmodel.sqlite@v\t1',
      'dm log \\$\t',
      `dm log "b\t`,
      'dm prepare x some\t',
    ]
    assert.equal(await typeInto('bash', repository, lines), [
      ['pull', 'model.sqlite@v1'],
      ['log', '$(touch PWNED).sqlite'],
      ['log', 'b"$(touch PWNED)".sqlite'],
      ['prepare', 'x', 'some file.sqlite'],
    ])
    assert.equal(await filesIn(repository), before)
  }))

test('prints a script for each shell, and the hidden command is in no help', () =>
  inFolder(async (folder) => {
    for (const shell of ['bash', 'zsh', 'fish']) {
      const { exit, stdout } = await runHere(folder, ['completion', shell])
      assert.is(exit, 0)
      assert.match(stdout, `__complete ${shell}`)
    }
    assert.is((await runHere(folder, ['completion', 'csh'])).exit, 2)
    assert.not.match((await runHere(folder, ['--help'])).stdout, '__complete')
  }))

test.run()
