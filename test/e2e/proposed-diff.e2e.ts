import { copyFile, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { withFile } from '../../lib/files/file-identity.ts'
import { hashFile } from '../../lib/files/hash-file.ts'
import { stagingKey } from '../../lib/manifest/keys.ts'
import { commitFiles, type FilesCommit } from '../helpers/commit-files.ts'
import type { TestDataset, TestEntry } from '../helpers/data-repository.ts'
import { createDatabase, sqlite } from '../helpers/databases.ts'
import { runHere } from '../helpers/dm-here.ts'
import { dataset, owner, published } from '../lib/publication/scene.ts'
import { onWork, type WorkScene } from '../tasks/work-scene.ts'

const test = suite('the diff of a proposal')

const main = 'refs/heads/main'

interface Versions extends WorkScene {
  /** Makes a database of these rows. */
  readonly make: (name: string, values: string) => Promise<string>
  /** Puts it into a bucket, as that version, or into staging. */
  readonly release: (version: string, file: string, bucket?: string) => Promise<TestEntry>
  readonly show: (at: unknown, file: string) => Promise<string>
  /** What the newest entry there calls its diff. */
  readonly diffOn: (at: unknown) => Promise<unknown>
}

const onVersions = (body: (scene: Versions) => Promise<void>): (() => Promise<void>) =>
  onWork(
    async (scene) => {
      const show: Versions['show'] = (at, file) => scene.home.git('show', `${String(at)}:${file}`)
      await body({
        ...scene,
        show,
        make: (name, values) => {
          const sql = `CREATE TABLE t(id INTEGER PRIMARY KEY, n REAL); INSERT INTO t VALUES ${values};`
          return createDatabase(scene.folder, `${name}.sqlite`, sql)
        },
        release: async (version, file, bucket = 'production') => {
          const { sha256, bytes } = await withFile(file, (opened) => hashFile(opened))
          const key = `m/${version}-${sha256}.sqlite`
          const entry = published('m', version, { sha256, bytes, r2_object_key: key })
          if (bucket !== 'staging') {
            await scene.store(bucket).put(key, file, { stamp: { sha256 } })
            return entry
          }
          const staged = stagingKey(owner, 'production', sha256)
          await scene.store(bucket).put(staged, file, { stamp: { sha256, bucket: 'production' } })
          return { ...entry, commit: 'pending-merge', staging_key: staged }
        },
        diffOn: async (at) => {
          const manifest = JSON.parse(await show(at, 'manifest.json')) as TestDataset[]
          return manifest[0]?.history[0]?.['diffFromPrevious']
        },
      })
    },
    { cache: { size: '0' } },
  )

/** What `check` says of a branch of the remote. */
async function check({ dm }: WorkScene, branch: unknown): Promise<unknown[]> {
  const { document } = await dm('check', '--base', 'main', '--head', `origin/${String(branch)}`)
  return [document['problems'], document['unverified']]
}

test(
  'a rollback has one, from the newest version to what is restored, and check holds it to the bytes',
  onVersions(async (scene) => {
    const { make, release, commit, dm, show, diffOn, folder } = scene
    const [one, two] = [await make('one', '(1, 2), (2, 3)'), await make('two', '(1, 4), (3, 3)')]
    const history = [await release('v2', two), await release('v1', one)]
    await commit(main, { datasets: [dataset('m', history)] })
    const { document } = await dm('rollback', 'm.sqlite', '--to', 'v1')
    const file = 'diffs/m/diff-v2-to-v3.sql'
    const tables = [{ name: 't', inserted: 1, updated: 1, deleted: 1 }]
    assert.equal(document['diff'], { path: file, schema: [], tables })
    const branch = document['branch']
    assert.is(await diffOn(branch), file)
    const sql = await show(branch, file)
    assert.match(sql, /^-- m\.sqlite v2 → v3\n/)
    const copy = path.join(folder, 'copy.sqlite')
    await copyFile(two, copy)
    await writeFile(`${copy}.sql`, sql)
    await sqlite(copy, `.read ${copy}.sql`)
    assert.is(await sqlite(copy, '.dump'), await sqlite(one, '.dump'))
    assert.equal(await check(scene, branch), [[], []])
  }),
)

test(
  'a rebase makes it anew, from what the base has now',
  onVersions(async (scene) => {
    const { make, release, commit, dm, show, diffOn, home } = scene
    const one = await release('v1', await make('one', '(1, 2), (2, 3)'))
    const theirs = await release('v2', await make('theirs', '(1, 2), (2, 4)'))
    const ours = await release('v2', await make('ours', '(1, 9), (2, 3)'), 'staging')
    const stale = 'diffs/m/diff-v1-to-v2.sql'
    const proposed = dataset('m', [{ ...ours, diffFromPrevious: stale }, one])
    await commit(main, { datasets: [dataset('m', [one])] })
    const files = { [stale]: '-- of v1\n' }
    await commit('refs/heads/data/m-v2', { datasets: [proposed], files, from: main })
    await commit(main, { datasets: [dataset('m', [theirs, one])] })
    const { document } = await dm('rebase', 'm.sqlite', '--accept-reverts')
    const file = 'diffs/m/diff-v2-to-v3.sql'
    const tables = [{ name: 't', inserted: 0, updated: 2, deleted: 0 }]
    assert.equal(document['diff'], { path: file, schema: [], tables })
    const { branch, notices } = document
    const downloads = JSON.stringify(notices).match(/m\.sqlite v\d is not here/g)
    assert.is(downloads?.length, 3, 'each is brought once')
    assert.is(await diffOn(branch), file)
    assert.match(await show(branch, file), /^-- m\.sqlite v2 → v3\n/)
    const tree = ['ls-tree', '-r', '--name-only', String(branch), 'diffs']
    assert.is(await home.git(...tree), file)
    // Where it was lost, the same command writes it again.
    const ref = `refs/heads/${String(branch)}`
    const committer = await home.git('log', '-1', '--format=%an <%ae>', ref)
    await commitFiles(home.folder, [{ ref, files: { [file]: null }, committer, time: new Date() }])
    const again = await dm('rebase', 'm.sqlite')
    assert.equal([again.document['changed'], await home.git(...tree)], [true, file])
    assert.equal(await check(scene, branch), [[], []])
  }),
)

test(
  'of a private dataset it is for its author alone, and in CI for nobody; in a hurry there is none',
  onVersions(async ({ make, release, commit, work, home }) => {
    const history = [
      await release('v2', await make('two', '(1, 4), (3, 3)'), 'internal'),
      await release('v1', await make('one', '(1, 2), (2, 3)'), 'internal'),
    ]
    await commit(main, { datasets: [dataset('m', history, { bucket: 'internal' })] })
    const ask = ['rollback', 'm.sqlite', '--to', 'v1']
    const told = async (env: Record<string, string>, ...args: string[]): Promise<string> => {
      const { exit, stderr } = await runHere(work, [...ask, ...args], env)
      assert.is(exit, 0)
      return stderr
    }
    assert.not.match(await told({}, '--no-diff', '--dry-run'), 'vanished')
    assert.not.match(await told({ CI: 'true' }, '--dry-run'), 'vanished')
    const shown = await told({})
    assert.match(shown, 'Keys that vanished')
    // The object that it names has the diff of its own version beside it.
    assert.match(shown, 'differs is shown here only')
    assert.not.match(await home.git('log', '-1', '-p', 'data/m-rollback'), /vanished|diffs\//)
  }),
)

test(
  'what a proposal lacks of it is added when it is proposed again, by its author',
  onVersions(async (scene) => {
    const { make, release, commit, work, dm, show, diffOn, home } = scene
    const one = await release('v1', await make('one', '(1, 2), (2, 3)'))
    await commit(main, { datasets: [dataset('m', [one])], files: { 'README.md': 'Read me.' } })
    const two = await make('two', '(1, 4), (3, 3)')
    const again = async (...args: string[]): Promise<[present: unknown, commit: unknown]> => {
      const { document } = await dm('prepare', 'm.sqlite', two, ...args)
      return [document['alreadyPrepared'], document['commit']]
    }
    const git = (...args: string[]): Promise<string> => home.git('-C', work, ...args)
    const [, first] = await again('--no-diff')
    assert.equal(await again('--no-diff'), [true, first])
    // Nobody else's branch is touched, nor one that is checked out.
    const email = await git('config', 'user.email')
    await git('config', 'user.email', 'somebody@else.example')
    assert.equal(await again(), [true, first])
    await git('config', 'user.email', email)
    await git('checkout', '--quiet', '-b', 'data/m-v2', String(first))
    assert.equal(await again('--no-push'), [true, first])
    assert.equal(await again('--dry-run'), [false, null])
    const [isPresent, added] = await again()
    assert.is(isPresent, false)
    const file = 'diffs/m/diff-v1-to-v2.sql'
    const branch = 'refs/heads/data/m-v2'
    const text = await show(branch, file)
    assert.equal([await home.git('rev-parse', branch), await diffOn(branch)], [added, file])
    assert.is(await home.git('log', '-1', '--format=%s', branch), 'Store the diff of m.sqlite v2')
    assert.equal(await again(), [true, added])
    // Whatever is wrong with it, the same command mends it, and that alone.
    const manifest = (await show(branch, 'manifest.json')).replace(file, 'README.md')
    const committer = `${await git('config', 'user.name')} <${email}>`
    const forge = (files: FilesCommit['files']): Promise<void> =>
      commitFiles(home.folder, [{ ref: branch, files, committer, time: new Date() }])
    for (const files of [
      { [file]: `${text.replace('changed', 'CHANGED')}\n` },
      { 'manifest.json': manifest },
    ]) {
      await forge(files)
      assert.is((await again())[0], false)
      assert.equal([await show(branch, file), await diffOn(branch)], [text, file])
      assert.is(await show(branch, 'README.md'), 'Read me.')
    }
    // But nothing is written where a link leads elsewhere.
    await forge({ [file]: { link: '../../README.md' } })
    const blocked = await dm('prepare', 'm.sqlite', two)
    assert.is(blocked.document['alreadyPrepared'], true)
    assert.match(JSON.stringify(blocked.document['notices']), /no diff: .* is a symbolic link/)
  }),
)

test.run()
