import { rm, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { fetchBaseCommit } from '../../../lib/git/base.ts'
import { deepen } from '../../../lib/git/deepen.ts'
import {
  type Cut,
  type HistoryEntry,
  walkAllStates,
  walkFirstParents,
} from '../../../lib/git/history.ts'
import {
  cloneRepository,
  createRepository,
  type TestRepository,
} from '../../helpers/git-repository.ts'
import { failureOf, inFolder, open } from './sandbox.ts'

const test = suite('walkFirstParents, walkAllStates and deepen')

async function walk(folder: string, tip: string, paths = ['a']): Promise<(HistoryEntry | Cut)[]> {
  return Array.fromAsync(walkFirstParents(await open(folder), tip, paths))
}

const subjects = (steps: readonly (HistoryEntry | Cut)[]): string[] =>
  steps.map((step) => ('cut' in step ? 'cut' : step.subject))

/** Merges a branch with one commit that does the work. */
async function merge(
  { git, commit }: TestRepository,
  text: string,
  options: readonly string[] = [],
): Promise<void> {
  const branch = `side-${text}`
  await git('switch', '--quiet', '--create', branch)
  await commit(`Propose ${text}`, { a: text })
  await git('switch', '--quiet', 'main')
  await git('merge', '--quiet', '--no-ff', '-m', `Merge ${text}`, ...options, branch)
}

test(
  'lists the commits of the line itself that changed one of the files, newest first',
  inFolder(async (folder) => {
    const repository = await createRepository(folder)
    const { git, commit } = repository
    const first = await commit('First: äöü', { a: '1' })
    await commit('Elsewhere', { b: '1' })
    await git('switch', '--quiet', '--create', 'side')
    await commit('Part of the proposal', { a: '2' })
    const proposal = await commit('The proposal', { a: '3' })
    await git('switch', '--quiet', 'main')
    const before = await commit('Meanwhile', { c: '2' })
    await git('merge', '--quiet', '--no-ff', '-m', 'Merge pull request #1', 'side')
    const merged = await git('rev-parse', 'HEAD')
    await git('rm', '--quiet', 'a')
    const last = await commit('Remove')
    const steps = (await walk(folder, last)) as HistoryEntry[]
    assert.equal(subjects(steps), ['Remove', 'Merge pull request #1', 'First: äöü'])
    assert.equal(steps[1]?.parents, [before, proposal])
    assert.is(steps[1]?.commit, merged)
    assert.is(steps[1]?.mergedSubject, 'The proposal')
    assert.equal(
      steps.map(({ mergedSubject }) => mergedSubject),
      [null, 'The proposal', null],
    )
    assert.equal(steps[2]?.parents, [])
    assert.is(steps[2]?.commit, first)
    assert.is(
      steps[2]?.time.getTime(),
      1000 * Number(await git('show', '-s', '--format=%ct', first)),
    )
    assert.equal(subjects(await walk(folder, last, ['b', 'c'])), ['Meanwhile', 'Elsewhere'])
    assert.equal(await walk(folder, last, ['none']), [])
    for (const key of ['log.showSignature', 'log.follow']) await git('config', key, 'true')
    await git('config', 'color.ui', 'always')
    await git('config', 'i18n.logOutputEncoding', 'latin1')
    assert.equal(await walk(folder, last), steps)
  }),
)

test(
  'follows first parents through merges in either direction and of several branches',
  inFolder(async (folder) => {
    const repository = await createRepository(folder)
    const { git, commit } = repository
    await commit('Begin', { a: '0' })
    // What a merge leaves as it was, it did not change.
    await merge(repository, 'rejected', ['--strategy=ours'])
    await commit('On the base', { a: '1' })
    const behind = await git('rev-parse', 'HEAD~2')
    // The base is merged into a branch, and the base put there: the line goes on over the branch.
    await git('switch', '--quiet', '--create', 'foxtrot', behind)
    await commit('On the branch', { d: '1' })
    await git('merge', '--quiet', '--no-ff', '-m', 'Foxtrot', 'main')
    await git('branch', '--force', 'main', 'HEAD')
    await git('switch', '--quiet', 'main')
    for (const name of ['x', 'y']) {
      await git('switch', '--quiet', '--create', name, 'foxtrot')
      await commit(`On ${name}`, { [name]: '1' })
    }
    await commit('On y, too', { a: '2' })
    await git('switch', '--quiet', 'main')
    await git('merge', '--quiet', '--no-ff', '-m', 'Octopus', 'x', 'y')
    const tip = await git('rev-parse', 'HEAD')
    assert.equal(subjects(await walk(folder, tip)), ['Octopus', 'Foxtrot', 'Begin'])
    const states = walkAllStates(await open(folder), tip, 'a', { limit: 100 })
    const contents = (await Array.fromAsync(states)).map((state) =>
      state.state === 'file' ? String(state.content) : state.state,
    )
    assert.equal(contents.toSorted(), ['0', '1', '2', 'rejected'])
  }),
)

test(
  'reads no further than it is asked to, and stops at its signal',
  inFolder(async (folder) => {
    const repository = await createRepository(folder)
    await repository.commit('Begin', { a: '0' })
    const tip = await repository.commit('Go on', { a: '1' })
    const opened = await open(folder)
    for await (const step of walkFirstParents(opened, tip, ['a'])) {
      assert.is('cut' in step, false)
      break
    }
    const controller = new AbortController()
    const reason = new Error('enough')
    const walking = async (): Promise<void> => {
      for await (const _ of walkFirstParents(opened, tip, ['a'], controller.signal)) {
        controller.abort(reason)
      }
    }
    assert.is(await walking().catch((error: unknown) => error), reason)
    await failureOf(walk(folder, '0123456789'.repeat(4)), 'DM_GIT_FAILED')
    await failureOf(walk(folder, '--all'), 'DM_GIT_BAD_COMMIT')
  }),
)

/** A remote whose `a` changes with every commit but the first, and a clone of so many commits. */
async function shallowClone(
  folder: string,
  depth: number,
): Promise<{ remote: TestRepository; clone: TestRepository; tip: string }> {
  const remote = await createRepository(path.join(folder, 'remote'))
  await remote.commit('Begin', { b: '0' })
  for (let n = 1; n < 6; n++) await remote.commit(`Change ${n}`, { a: `${n}` })
  const tip = await remote.commit('Elsewhere', { b: '1' })
  const clone = await cloneRepository(`file://${remote.folder}`, path.join(folder, 'clone'), [
    `--depth=${depth}`,
  ])
  return { remote, clone, tip }
}

test(
  'waits for another fetch that deepens the same clone',
  inFolder(async (folder) => {
    const { clone } = await shallowClone(folder, 1)
    const lock = path.join(clone.folder, '.git/shallow.lock')
    await writeFile(lock, '')
    const gone = delay(250).then(() => rm(lock))
    await deepen(await open(clone.folder), 'all')
    await gone
    assert.is(await clone.git('rev-list', '--count', 'HEAD'), '7')
  }),
)

test(
  'tells where a shallow clone is cut off, and goes on from there once it is deepened',
  inFolder(async (folder) => {
    const { remote, clone, tip } = await shallowClone(folder, 3)
    const cut = await remote.git('rev-parse', 'HEAD~2')
    const steps = await walk(clone.folder, tip)
    assert.equal(subjects(steps), ['Change 5', 'cut'])
    assert.equal(steps[1], { cut })
    // Also where the commit at the cut has not the files.
    assert.equal(await walk(clone.folder, tip, ['none']), [{ cut }])

    const before = await clone.git('for-each-ref')
    await deepen(await open(clone.folder), 2)
    assert.equal(subjects(await walk(clone.folder, cut)), ['Change 4', 'Change 3', 'cut'])
    await deepen(await open(clone.folder), 'all')
    assert.equal(subjects(await walk(clone.folder, tip)).length, 5)
    assert.is(await clone.git('for-each-ref'), before)
    await deepen(await open(clone.folder), 'all')
  }),
)

test(
  'does not take the end of a history for a cut once it has been asked for',
  inFolder(async (folder) => {
    const remote = await createRepository(path.join(folder, 'remote'))
    const tip = await remote.commit('Begin', { a: '0' })
    const clone = await cloneRepository(`file://${remote.folder}`, path.join(folder, 'clone'), [
      '--depth=1',
    ])
    await deepen(await open(clone.folder), 50)
    assert.equal(subjects(await walk(clone.folder, tip)), ['Begin'])
  }),
)

test(
  'does not deepen where only another branch is shallow',
  inFolder(async (folder) => {
    const remote = await createRepository(path.join(folder, 'remote'))
    await remote.commit('Begin', { a: '0' })
    await remote.git('switch', '--quiet', '--orphan', 'pages')
    for (const message of ['One', 'Two']) await remote.commit(message)
    const clone = await cloneRepository(`file://${remote.folder}`, path.join(folder, 'clone'), [
      '--depth=1',
      '--branch=pages',
      '--single-branch',
    ])
    await fetchBaseCommit(await open(clone.folder))
    // Whoever asked the remote now would fail.
    await clone.git('remote', 'set-url', 'origin', '/nonexistent')
    await deepen(await open(clone.folder), 'all')
    assert.is(await clone.git('rev-parse', '--is-shallow-repository'), 'true')
  }),
)

test(
  'says so where nothing is left to deepen from',
  inFolder(async (folder) => {
    const { clone, tip } = await shallowClone(folder, 2)
    const second = await cloneRepository(`file://${clone.folder}`, path.join(folder, 'second'))
    for (const by of [50, 'all'] as const) {
      await failureOf(deepen(await open(second.folder), by), 'DM_GIT_SHALLOW')
    }
    const third = await cloneRepository(`file://${clone.folder}`, path.join(folder, 'third'), [
      '--depth=1',
    ])
    // It gets deeper, but not whole.
    await failureOf(deepen(await open(third.folder), 'all'), 'DM_GIT_SHALLOW')
    assert.is(await third.git('rev-list', '--count', 'HEAD'), '2')
    await clone.git('remote', 'set-url', 'origin', path.join(folder, 'gone'))
    const error = await failureOf(deepen(await open(clone.folder), 50), 'DM_GIT_SHALLOW')
    assert.match(error.message, 'gone')
    await clone.git('remote', 'remove', 'origin')
    await failureOf(deepen(await open(clone.folder), 'all'), 'DM_GIT_SHALLOW')
    const states = walkAllStates(await open(clone.folder), tip, 'a', { limit: 100 })
    await failureOf(Array.fromAsync(states), 'DM_GIT_SHALLOW')
  }),
)

test(
  'finds every content once, on whatever line, and tells what is too large',
  inFolder(async (folder) => {
    const repository = await createRepository(folder)
    await repository.commit('Begin', { 'sub/a': 'one', b: 'never' })
    await merge(repository, 'unrelated')
    await repository.git('switch', '--quiet', '--create', 'side')
    await repository.commit('Large', { 'sub/a': 'x'.repeat(200_000) })
    await repository.commit('Two', { 'sub/a': 'two' })
    await repository.git('rm', '--quiet', 'sub/a')
    await repository.commit('Gone')
    await repository.git('switch', '--quiet', 'main')
    await repository.git('merge', '--quiet', '--no-ff', '-m', 'Merge', 'side')
    const tip = await repository.commit('One again', { 'sub/a': 'one' })
    const opened = await open(path.join(folder, 'sub'))
    const states = await Array.fromAsync(walkAllStates(opened, tip, 'a', { limit: 1000 }))
    const seen = states.map((state) =>
      state.state === 'file' ? String(state.content) : state.state,
    )
    assert.equal(seen.toSorted(), ['one', 'too-large', 'two'])
  }),
)

test(
  'fetches the contents that a blobless clone lacks in one go',
  inFolder(async (folder) => {
    const remote = await createRepository(path.join(folder, 'remote'))
    await remote.git('config', 'uploadpack.allowFilter', 'true')
    for (let n = 1; n < 6; n++) await remote.commit(`Change ${n}`, { a: `${n}`, b: `not ${n}` })
    const tip = await remote.git('rev-parse', 'HEAD')
    const options = ['--filter=blob:none', '--no-checkout']
    const clone = await cloneRepository(
      `file://${remote.folder}`,
      path.join(folder, 'clone'),
      options,
    )
    const states = walkAllStates(await open(clone.folder), tip, 'a', { limit: 100 })
    const seen = (await Array.fromAsync(states)).map((state) =>
      state.state === 'file' ? String(state.content) : state.state,
    )
    assert.equal(seen.toSorted(), ['1', '2', '3', '4', '5'])
    const packs = await clone.git('count-objects', '-v')
    assert.match(packs, 'packs: 2')
  }),
)

test.run()
