import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { parseConfig } from '../../../lib/config/parse-config.ts'
import type { TestDataset, TestEntry } from '../../helpers/data-repository.ts'
import { inFolder } from '../../helpers/in-folder.ts'
import {
  type Branch,
  created,
  find,
  formerV2,
  gone,
  regainPruned,
  regainThinned,
  reviewScene,
  rollback,
  upload,
} from './review-scene.ts'

const test = suite('what a proposal may do')

const add =
  (stem: string, ...entries: TestEntry[]): NonNullable<Branch['edit']> =>
  (manifest) =>
    void find(manifest, stem).history.unshift(...entries)

const diff = 'diffs/model/diff-v2-to-v3.sql'

/** A revert of the publication of model v2, with all that it had written. */
function revert(manifest: TestDataset[]): void {
  const { history } = find(manifest, 'model')
  Object.assign(find(manifest, 'model'), { latestVersion: 'v1' })
  history[0] = formerV2
}

/** The kinds that each asks for. */
const legal: Readonly<Record<string, Branch & { readonly kinds: readonly string[] }>> = {
  'a new version': { edit: add('model', upload('model', 'v3')), kinds: ['upload'] },
  'with its diff': {
    edit: add('model', upload('model', 'v3', { diffFromPrevious: diff })),
    files: { [diff]: 'UPDATE\n' },
    kinds: ['upload'],
  },
  'two versions together': {
    edit: add('model', upload('model', 'v4'), upload('model', 'v3')),
    kinds: ['upload', 'upload'],
  },
  'a new version of a private dataset': {
    edit: add('secret', upload('secret', 'v2')),
    kinds: ['upload'],
  },
  'a new dataset': {
    edit: (manifest) => void manifest.push(created('new', 'production', upload('new', 'v1'))),
    kinds: ['upload'],
  },
  'the next number of a dataset that is gone': {
    edit: (manifest) => void manifest.push(created('gone', 'production', upload('gone', 'v2'))),
    kinds: ['upload'],
  },
  'a rollback': { edit: add('model', rollback('model', 'v3', 'v1')), kinds: ['rollback'] },
  'a correction of what is pending': {
    edit: (manifest) => {
      const { history } = find(manifest, 'waiting')
      history[0] = upload('waiting', 'v2', { description: 'Better' })
    },
    kinds: ['upload'],
  },
  'a version marked': {
    edit: (manifest) => {
      const entry = find(manifest, 'model').history.at(-1)
      if (entry) entry.status = 'pending-deletion'
    },
    kinds: ['deletion'],
  },
  'a dataset marked': {
    edit: (manifest) => void (find(manifest, 'model').status = 'pending-deletion'),
    kinds: ['deletion'],
  },
  'a dataset marked, and what was pending of it taken back': {
    edit: (manifest) => {
      find(manifest, 'waiting').status = 'pending-deletion'
      find(manifest, 'waiting').history.shift()
    },
    kinds: ['deletion'],
  },
  'a correction without the diff that there was': {
    edit: (manifest) => {
      const { history } = find(manifest, 'waiting')
      history[0] = upload('waiting', 'v2', { diffFromPrevious: null, description: 'Better' })
    },
    files: { 'diffs/waiting/diff-v1-to-v2.sql': null },
    kinds: ['upload'],
  },
  'a mark taken back': {
    edit: (manifest) => void delete find(manifest, 'going').history[0]?.status,
    kinds: ['withdrawal'],
  },
  'a pending version taken back': {
    edit: (manifest) => void find(manifest, 'waiting').history.shift(),
    kinds: ['withdrawal'],
  },
  'a publication reverted': {
    edit: revert,
    files: {
      'docs/datasets.md': 'before\n',
      'docs/datasets-older/m-v1-to-v50.md': 'before\n',
      'manifest.retired.json': null,
    },
    kinds: ['reversal'],
  },
  'a removal reverted': {
    edit: (manifest) => void manifest.push({ ...gone, status: 'pending-deletion' }),
    files: { 'docs/datasets.md': 'before\n', 'manifest.retired.json': null },
    kinds: ['reversal'],
  },
  'the removal of an older version reverted': { edit: regainThinned, kinds: ['reversal'] },
  'the removal of the latest version reverted': { edit: regainPruned, kinds: ['reversal'] },
  'the removal of a version reverted, with its mark': {
    edit: (manifest) => {
      regainPruned(manifest)
      delete find(manifest, 'pruned').history[0]?.status
    },
    kinds: ['reversal'],
  },
  'a removal reverted, with the mark that led to it': {
    edit: (manifest) => void manifest.push(gone),
    files: { 'manifest.retired.json': null },
    kinds: ['reversal'],
  },
  'different changes of different datasets': {
    edit: (manifest) => {
      add('model', upload('model', 'v3'))(manifest)
      find(manifest, 'secret').status = 'pending-deletion'
    },
    kinds: ['upload', 'deletion'],
  },
  'code alone': { files: { 'README.md': 'Theirs\n', 'src/x.ts': 'x\n' }, kinds: [] },
  'the layout of the manifest': {
    edit: (manifest) => manifest.toReversed(),
    kinds: [],
  },
}

const names = Object.keys(legal)
const toBranch = (index: number): string => `legal-${index}`

test('each is known for what it is', () =>
  inFolder(async (folder) => {
    const scene = await reviewScene(
      folder,
      Object.fromEntries(names.map((name, index) => [toBranch(index), legal[name] ?? {}])),
    )
    for (const [index, name] of names.entries()) {
      const { problems, items, notices } = await scene.check(toBranch(index))
      assert.equal(problems, [], name)
      assert.equal(
        items.map(({ kind }) => kind),
        legal[name]?.kinds,
        name,
      )
      // What no public version should be without.
      const isNoted = notices.some(({ code }) => code === 'DM_CHECK_NO_DIFF')
      assert.is(
        isNoted,
        /^(?:a new version|a rollback|two versions|a correction|the next|different)/.test(name) &&
          !/private|the next/.test(name),
        name,
      )
    }
  }))

test('the fields that the config declares are held to its patterns', () =>
  inFolder(async (folder) => {
    const values: [value: unknown, isRight: boolean][] = [
      ['1a2b', true],
      ['1a2', false],
      ['', false],
      [12, false],
      ['1a2b'.repeat(300), false],
      [null, false],
      [undefined, false],
    ]
    const given = (value: unknown): object => (value === undefined ? {} : { source: value })
    const scene = await reviewScene(folder, {
      ...Object.fromEntries(
        values.map(([value], index) => [
          `value-${index}`,
          { edit: add('model', upload('model', 'v3', given(value))) },
        ]),
      ),
      back: { edit: add('model', rollback('model', 'v3', 'v1')) },
    })
    const source = { pattern: '(?:[0-9a-f]{4})+' }
    const codesOf = async (branch: string, field: object = source): Promise<string[]> => {
      const settings = parseConfig({ fields: { source: field } }, 'test')
      const { problems } = await scene.check(branch, undefined, settings)
      return problems.map(({ code }) => code)
    }
    for (const [index, [value, isRight]] of values.entries()) {
      const expected = isRight ? [] : ['DM_CHECK_FIELD_VALUE']
      assert.equal(await codesOf(`value-${index}`), expected, String(value))
    }
    const optional = { ...source, optional: true }
    assert.equal(await codesOf('value-5', optional), [])
    assert.equal(await codesOf('value-1', optional), ['DM_CHECK_FIELD_VALUE'])
    assert.equal(await codesOf('back'), [], 'it says what was said of these bytes')
  }))

test('a base that has moved counts as it is now', () =>
  inFolder(async (folder) => {
    const scene = await reviewScene(folder, {
      third: { edit: add('model', upload('model', 'v3')) },
      other: { edit: add('model', upload('model', 'v3', { description: 'Somebody else’s' })) },
      marked: {
        edit: (manifest) => {
          const entry = find(manifest, 'model').history.at(-1)
          if (entry) entry.status = 'pending-deletion'
        },
      },
      back: { edit: add('model', rollback('model', 'v3', 'v1')) },
      discreet: { edit: add('secret', upload('secret', 'v2')) },
    })
    const { work, check } = scene
    const codesOn = async (base: string, branch: string): Promise<string[]> => {
      const fork = await work.git('merge-base', base, branch)
      await work.git('update-ref', 'refs/heads/main', base)
      const { problems } = await scene.at(await work.git('rev-parse', base)).check(branch, [fork])
      return problems.map(({ code }) => code)
    }
    // A version that is pending there may be corrected.
    assert.equal(await codesOn('third', 'other'), [])
    // What was marked meanwhile is nothing to go back to.
    assert.equal(await codesOn('marked', 'back'), ['DM_CHANGE_ROLLBACK'])
    assert.equal(await codesOn('back', 'marked'), ['DM_CHANGE_ROLLBACK'])
    assert.equal((await check('discreet')).problems, [])
  }))

test('where lines were merged crosswise, no place to compare with hides anything', () =>
  inFolder(async (folder) => {
    const { work, check } = await reviewScene(folder, {
      honest: { edit: add('model', upload('model', 'v3')) },
      undone: {},
    })
    const [base, honest] = [
      await work.git('rev-parse', 'main'),
      await work.git('rev-parse', 'honest'),
    ]
    // Compared with the base alone it changes nothing, but it takes back what another place has.
    assert.equal((await check('undone', [base])).items, [])
    const { items } = await check('undone', [honest])
    assert.equal(
      items.map(({ kind }) => kind),
      ['withdrawal'],
    )
    const other = await check('undone', [base, honest])
    assert.equal(
      other.items.map(({ kind }) => kind),
      ['withdrawal'],
    )
  }))

test.run()
