import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { TestDataset, TestEntry } from '../../helpers/data-repository.ts'
import { inFolder } from '../../helpers/in-folder.ts'
import {
  type Branch,
  created,
  find,
  gone,
  hashOf,
  published,
  regainPruned,
  regainThinned,
  retired,
  reviewScene,
  rollback,
  upload,
} from './review-scene.ts'

const test = suite('what no proposal may do')

type Edit = (manifest: TestDataset[]) => void

/** Changes the newest version of `model`, which is published. */
const model =
  (change: (entry: TestEntry) => void): Edit =>
  (manifest) => {
    const [entry] = find(manifest, 'model').history
    if (entry) change(entry)
  }

/** Adds a version to a dataset. */
const add =
  (stem: string, ...entries: TestEntry[]): Edit =>
  (manifest) =>
    void find(manifest, stem).history.unshift(...entries)

const json = (value: unknown): string => `${JSON.stringify(value, null, 2)}\n`
const evil = hashOf('evil')
const first = published('gone', 'v1')
const diffPath = (path: string): Edit =>
  add('model', upload('model', 'v3', { diffFromPrevious: path }))

/** What each forgery is refused as: exactly these codes. */
const forgeries: Readonly<Record<string, Branch & { readonly codes: readonly string[] }>> = {
  // Published versions
  'another hash of a published version': {
    edit: model((entry) => void (entry.sha256 = evil)),
    codes: ['DM_CHANGE_PUBLISHED'],
  },
  'another key of a published version': {
    edit: model((entry) => void (entry.r2_object_key = `model/v2-${evil}.sqlite`)),
    codes: ['DM_CHANGE_PUBLISHED'],
  },
  'another size of a published version': {
    edit: model((entry) => void (entry['bytes'] = 1)),
    codes: ['DM_CHANGE_PUBLISHED'],
  },
  'another description of a published version': {
    edit: model((entry) => void (entry.description = 'Approved by everybody')),
    codes: ['DM_CHANGE_PUBLISHED'],
  },
  'another day of a published version': {
    edit: model((entry) => void (entry.timestamp = '2026-02-02T03:04:05.000Z')),
    codes: ['DM_CHANGE_PUBLISHED'],
  },
  'another commit of a published version': {
    edit: model((entry) => void (entry.commit = 'abcdef0')),
    codes: ['DM_CHANGE_PUBLISHED'],
  },
  'a further field of a published version': {
    edit: model((entry) => void (entry['delta'] = { from: evil, bytes: 1 })),
    codes: ['DM_CHANGE_PUBLISHED'],
  },
  'a field __proto__ of a published version': {
    text: json(
      JSON.parse(
        '[{"fileName": "model.sqlite", "bucket": "production", "latestVersion": "v2", "history": []}]',
      ),
    ).replace(
      '"history": []',
      `"history": [${JSON.stringify(published('model', 'v2')).replace('{', '{"__proto__": {"x": 1},')}]`,
    ),
    codes: ['DM_CHANGE_PUBLISHED', 'DM_CHANGE_REMOVED'],
  },
  'the diff of a published version taken away': {
    edit: model((entry) => void delete entry['diffFromPrevious']),
    codes: ['DM_CHANGE_PUBLISHED'],
  },
  'a published version removed': {
    edit: (manifest) => void find(manifest, 'model').history.pop(),
    codes: ['DM_CHANGE_REMOVED'],
  },
  'a dataset removed': {
    edit: (manifest) => manifest.filter(({ fileName }) => fileName !== 'secret.sqlite'),
    codes: ['DM_CHANGE_REMOVED'],
  },
  'the whole manifest removed': {
    text: null,
    codes: ['DM_CHANGE_REMOVED'],
  },
  'a dataset renamed': {
    edit: (manifest) => void (find(manifest, 'model').fileName = 'Model.sqlite'),
    codes: ['DM_CHANGE_REMOVED', 'DM_CHANGE_SELF_PUBLISHED'],
  },
  'a published version renumbered': {
    edit: model((entry) => void (entry.version = 'v3')),
    codes: ['DM_CHANGE_REMOVED', 'DM_CHANGE_SELF_PUBLISHED'],
  },
  'the bucket of a private dataset made the public one': {
    edit: (manifest) => void (find(manifest, 'secret').bucket = 'production'),
    codes: ['DM_CHANGE_BUCKET'],
  },
  'the bucket left out, which means the public one': {
    edit: (manifest) => void delete find(manifest, 'secret').bucket,
    codes: ['DM_CHANGE_BUCKET'],
  },
  'the latest version moved back': {
    edit: (manifest) => void (find(manifest, 'model').latestVersion = 'v1'),
    codes: ['DM_CHECK_FIELDS'],
  },
  'a further field of a dataset': {
    edit: (manifest) => void Object.assign(find(manifest, 'model'), { owner: 'eve' }),
    codes: ['DM_CHECK_FIELDS'],
  },

  // Publication without a publication
  'a new version that is published already': {
    edit: add('model', published('model', 'v3')),
    codes: ['DM_CHANGE_SELF_PUBLISHED'],
  },
  'a pending version made published': {
    edit: (manifest) => {
      const [entry] = find(manifest, 'waiting').history
      if (entry) Object.assign(entry, { commit: '1234abc' })
      delete entry?.staging_key
    },
    codes: ['DM_CHANGE_SELF_PUBLISHED'],
  },
  'a new dataset that is published already': {
    edit: (manifest) => void manifest.push(created('new', 'production', published('new', 'v1'))),
    codes: ['DM_CHANGE_SELF_PUBLISHED'],
  },
  'what was removed brought back with another hash': {
    edit: (manifest) => void manifest.push({ ...gone, history: [{ ...first, sha256: evil }] }),
    codes: ['DM_CHANGE_SELF_PUBLISHED'],
  },
  'what was removed brought back into another bucket': {
    edit: (manifest) => void manifest.push({ ...gone, bucket: 'internal' }),
    codes: ['DM_CHANGE_SELF_PUBLISHED'],
  },
  'another latest version than what was removed brings back': {
    edit: (manifest) => {
      regainPruned(manifest)
      find(manifest, 'pruned').latestVersion = 'v9'
    },
    codes: ['DM_CHECK_FIELDS'],
  },
  'an older version than the latest brought back as the latest': {
    edit: (manifest) => {
      regainThinned(manifest)
      find(manifest, 'thinned').latestVersion = 'v2'
    },
    codes: ['DM_CHECK_FIELDS'],
  },
  'what was removed brought back under another name': {
    edit: (manifest) => void manifest.push({ ...gone, fileName: 'other.sqlite' }),
    codes: ['DM_CHANGE_SELF_PUBLISHED'],
  },
  'a publication reverted, with another description': {
    edit: model((entry) => {
      Object.assign(entry, upload('model', 'v2'), {
        timestamp: entry.timestamp,
        description: 'Mine',
      })
    }),
    codes: ['DM_CHECK_REVERSAL'],
  },
  'a publication reverted, with another staging key': {
    edit: model((entry) => {
      const staging = `staging-uploads/89abcdef/${entry.sha256}.sqlite`
      Object.assign(entry, { commit: 'pending-merge', staging_key: staging })
    }),
    codes: ['DM_CHECK_REVERSAL'],
  },
  'a publication reverted and its bytes replaced': {
    edit: model((entry) => {
      const { timestamp } = entry
      Object.assign(entry, upload('model', 'v2', { timestamp, sha256: evil }), {
        staging_key: `staging-uploads/01234567/${evil}.sqlite`,
        r2_object_key: `model/v2-${evil}.sqlite`,
      })
    }),
    codes: ['DM_CHANGE_PUBLISHED', 'DM_CHECK_REVERSAL'],
  },

  // Numbers, names and keys
  'a number left out': { edit: add('model', upload('model', 'v4')), codes: ['DM_CHANGE_VERSION'] },
  'a number below the latest': {
    edit: add('model', upload('model', 'v0')),
    codes: ['DM_MANIFEST_INVALID'],
  },
  'a number as large as they come': {
    edit: add('model', upload('model', 'v999999999')),
    codes: ['DM_CHANGE_VERSION'],
  },
  'a number twice': {
    edit: add('model', upload('model', 'v2')),
    codes: ['DM_MANIFEST_INVALID'],
  },
  'the number of a dataset that is gone': {
    edit: (manifest) => void manifest.push(created('gone', 'production', upload('gone', 'v1'))),
    codes: ['DM_CHANGE_VERSION'],
  },
  'a name that differs in case only': {
    edit: (manifest) => void manifest.push(created('MODEL', 'production', upload('MODEL', 'v1'))),
    codes: ['DM_MANIFEST_INVALID'],
  },
  'a name with a path': {
    edit: (manifest) => void manifest.push(created('../x', 'production', upload('x', 'v1'))),
    codes: ['DM_MANIFEST_INVALID'],
  },
  'a name that no new dataset may have': {
    edit: (manifest) =>
      void manifest.push(created('new model', 'production', upload('new model', 'v1'))),
    codes: ['DM_CHANGE_NAME'],
  },
  'the key of another version': {
    edit: add(
      'model',
      upload('model', 'v3', { r2_object_key: published('model', 'v2').r2_object_key }),
    ),
    codes: ['DM_MANIFEST_INVALID'],
  },
  'a key in the folder of another dataset': {
    edit: add(
      'model',
      upload('model', 'v3', { r2_object_key: `secret/v3-${hashOf('model v3')}.sqlite` }),
    ),
    codes: ['DM_CHANGE_KEY'],
  },
  'a key that leaves its folder': {
    edit: add(
      'model',
      upload('model', 'v3', { r2_object_key: `../v3-${hashOf('model v3')}.sqlite` }),
    ),
    codes: ['DM_MANIFEST_INVALID'],
  },
  'the staged bytes of another hash': {
    edit: add(
      'model',
      upload('model', 'v3', { staging_key: `staging-uploads/01234567/${evil}.sqlite` }),
    ),
    codes: ['DM_MANIFEST_INVALID'],
  },
  'a staging key outside of its folder': {
    edit: add(
      'model',
      upload('model', 'v3', { staging_key: `model/v3-${hashOf('model v3')}.sqlite` }),
    ),
    codes: ['DM_MANIFEST_INVALID'],
  },
  'a bucket that the config does not have': {
    edit: (manifest) => void manifest.push(created('new', 'attic', upload('new', 'v1'))),
    codes: ['DM_UNKNOWN_BUCKET'],
  },
  'the staging bucket as that of a dataset': {
    edit: (manifest) => void manifest.push(created('new', 'staging', upload('new', 'v1'))),
    codes: ['DM_UNKNOWN_BUCKET'],
  },

  // Bytes that are somebody else's
  'the bytes of a private dataset in a public one': {
    edit: (manifest) => {
      const sha256 = hashOf('secret v1')
      add(
        'model',
        upload('model', 'v3', {
          sha256,
          r2_object_key: `model/v3-${sha256}.sqlite`,
          staging_key: `staging-uploads/01234567/${sha256}.sqlite`,
        }),
      )(manifest)
    },
    codes: ['DM_CHANGE_DISCLOSURE'],
  },
  'a rollback to another dataset’s version': {
    edit: add(
      'model',
      rollback('model', 'v3', 'v1', {
        sha256: hashOf('secret v1'),
        r2_object_key: published('secret', 'v1').r2_object_key,
      }),
    ),
    codes: ['DM_CHANGE_DISCLOSURE', 'DM_CHANGE_ROLLBACK'],
  },
  'a rollback to a version that is marked': {
    edit: add('going', rollback('going', 'v3', 'v2')),
    codes: ['DM_CHANGE_ROLLBACK'],
  },
  'a rollback to what was given up': {
    edit: (manifest) =>
      void manifest.push(created('gone', 'production', rollback('gone', 'v2', 'v1'))),
    codes: ['DM_CHANGE_RETIRED', 'DM_CHANGE_ROLLBACK'],
  },
  'a rollback of another size': {
    edit: add('model', rollback('model', 'v3', 'v1', { bytes: 1 })),
    codes: ['DM_OBJECT_SIZE'],
  },
  'an upload that does not say its size': {
    edit: (manifest) => {
      const { bytes: _bytes, ...entry } = upload('model', 'v3')
      add('model', entry)(manifest)
    },
    codes: ['DM_CHECK_BYTES'],
  },
  'an upload with a delta of its own': {
    edit: add('model', upload('model', 'v3', { delta: { from: evil, bytes: 10 } })),
    codes: ['DM_CHECK_FIELDS'],
  },

  // Days
  'a day in the future': {
    edit: add('model', upload('model', 'v3', { timestamp: '2027-11-25T12:00:00.000Z' })),
    codes: ['DM_CHECK_TIMESTAMP'],
  },
  'a day long ago': {
    edit: add('model', upload('model', 'v3', { timestamp: '1999-11-25T12:00:00.000Z' })),
    codes: ['DM_CHECK_TIMESTAMP'],
  },
  'a day that no calendar has': {
    edit: add('model', upload('model', 'v3', { timestamp: '2026-02-30T12:00:00.000Z' })),
    codes: ['DM_CHECK_TIMESTAMP'],
  },
  'a day in another zone': {
    edit: add('model', upload('model', 'v3', { timestamp: '2026-11-24T12:00:00+02:00' })),
    codes: ['DM_MANIFEST_INVALID'],
  },

  // Marks
  'a pending version marked': {
    edit: (manifest) => {
      const [entry] = find(manifest, 'waiting').history
      if (entry) entry.status = 'pending-deletion'
    },
    codes: ['DM_CHANGE_ENTRY_MARKED'],
  },
  'a dataset marked that has a pending version': {
    edit: (manifest) => void (find(manifest, 'waiting').status = 'pending-deletion'),
    codes: ['DM_CHANGE_DATASET_MARKED'],
  },
  'the version marked that a pending rollback brings back': {
    edit: (manifest) => {
      const entry = find(manifest, 'returning').history.find(({ version }) => version === 'v1')
      if (entry) entry.status = 'pending-deletion'
    },
    codes: ['DM_CHANGE_ROLLBACK'],
  },
  'a mark that is none': {
    edit: model((entry) => void (entry.status = 'deleted')),
    codes: ['DM_MANIFEST_INVALID'],
  },
  'an upload and a deletion at once': {
    edit: (manifest) => {
      model((entry) => void (entry.status = 'pending-deletion'))(manifest)
      add('model', upload('model', 'v3'))(manifest)
    },
    codes: ['DM_CHECK_KINDS'],
  },

  // Files
  'a workflow together with data': {
    edit: add('model', upload('model', 'v3')),
    files: { '.github/workflows/publish.yml': 'evil\n' },
    codes: ['DM_CHECK_MIXED'],
  },
  'the config together with data': {
    edit: add('model', upload('model', 'v3')),
    files: { 'datamanager.config.ts': 'export default {}\n' },
    codes: ['DM_CHECK_MIXED'],
  },
  'attributes that change how the manifest is read': {
    edit: add('model', upload('model', 'v3')),
    files: { '.gitattributes': 'manifest.json merge=union\n' },
    codes: ['DM_CHECK_MIXED'],
  },
  'the page of all versions together with data': {
    edit: add('model', upload('model', 'v3')),
    files: { 'docs/datasets.md': 'mine\n' },
    codes: ['DM_CHECK_MIXED'],
  },
  'the list of what was given up emptied': {
    files: { 'manifest.retired.json': json({ numbers: {}, objects: [] }) },
    codes: ['DM_CHECK_RETIRED'],
  },
  'the list of what was given up removed': {
    files: { 'manifest.retired.json': null },
    codes: ['DM_CHECK_RETIRED'],
  },
  'a published object on the list of what was given up': {
    files: {
      'manifest.retired.json': json({
        ...retired,
        objects: [
          ...retired.objects,
          {
            bucket: 'production',
            key: published('model', 'v2').r2_object_key,
            since: '2020-01-01T00:00:00.000Z',
          },
        ],
      }),
    },
    codes: ['DM_CHECK_RETIRED'],
  },
  'the diff of another version rewritten': {
    edit: add('model', upload('model', 'v3')),
    files: { 'diffs/model/diff-v1-to-v2.sql': '-- nothing of interest\n' },
    codes: ['DM_CHECK_DIFF_STRAY'],
  },
  'a diff rewritten and nothing else': {
    files: { 'diffs/model/diff-v1-to-v2.sql': '-- nothing of interest\n' },
    codes: ['DM_CHECK_DIFF_STRAY'],
  },
  'a diff removed': {
    files: { 'diffs/model/diff-v1-to-v2.sql': null },
    codes: ['DM_CHECK_DIFF_STRAY'],
  },
  'a diff that is not there': {
    edit: diffPath('diffs/model/diff-v2-to-v3.sql'),
    codes: ['DM_CHECK_DIFF_MISSING'],
  },
  'a link in the place of a diff': {
    edit: diffPath('diffs/model/diff-v2-to-v3.sql'),
    files: { 'diffs/model/diff-v2-to-v3.sql': { link: '../../README.md' } },
    codes: ['DM_CHECK_DIFF_MISSING', 'DM_CHECK_DIFF_STRAY'],
  },
  'a link in the place of the manifest': {
    text: null,
    files: { 'manifest.json': { link: 'README.md' } },
    codes: ['DM_GIT_NOT_A_FILE'],
  },
  'the diff of another version': {
    edit: diffPath('diffs/model/diff-v1-to-v2.sql'),
    codes: ['DM_CHECK_DIFF_PATH'],
  },
  'a diff that is another file': { edit: diffPath('README.md'), codes: ['DM_CHECK_DIFF_PATH'] },
  'a rollback with the diff of another version': {
    edit: add(
      'model',
      rollback('model', 'v3', 'v1', { diffFromPrevious: 'diffs/model/diff-v1-to-v2.sql' }),
    ),
    codes: ['DM_CHECK_DIFF_PATH'],
  },
  'a diff outside of the data repository': {
    edit: diffPath('../diffs/model/diff-v2-to-v3.sql'),
    codes: ['DM_MANIFEST_INVALID'],
  },
  'a diff of a private dataset': {
    edit: add(
      'secret',
      upload('secret', 'v2', { diffFromPrevious: 'diffs/secret/diff-v1-to-v2.sql' }),
    ),
    files: { 'diffs/secret/diff-v1-to-v2.sql': 'INSERT\n' },
    codes: ['DM_CHECK_DIFF_PRIVATE', 'DM_CHECK_DIFF_STRAY'],
  },

  // The manifest as a text
  'a field twice': {
    text: json([{ fileName: 'a.sqlite', history: [] }]).replace(
      '"history": []',
      '"history": [], "history": []',
    ),
    codes: ['DM_MANIFEST_INVALID'],
  },
  'no JSON': { text: 'evil\n', codes: ['DM_MANIFEST_INVALID'] },
  'an object instead of a list': { text: '{}\n', codes: ['DM_MANIFEST_INVALID'] },
  'a conflict that was left': {
    text: '<<<<<<< HEAD\n[]\n=======\n[]\n>>>>>>> x\n',
    codes: ['DM_MANIFEST_INVALID'],
  },
  'a pointer of Git LFS': {
    text: 'version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n',
    codes: ['DM_MANIFEST_LFS_POINTER'],
  },
  'a folder in its place': {
    text: null,
    files: { 'manifest.json/x': '[]\n' },
    codes: ['DM_GIT_NOT_A_FILE'],
  },
}

const names = Object.keys(forgeries)
const toBranch = (index: number): string => `forged-${index}`
const branches = Object.fromEntries(
  names.map((name, index) => [toBranch(index), forgeries[name] ?? {}]),
)

test(`each of ${names.length} forgeries is refused as what it is`, () =>
  inFolder(async (folder) => {
    const { check } = await reviewScene(folder, branches)
    assert.ok(names.length >= 60)
    for (const [index, name] of names.entries()) {
      const { problems } = await check(toBranch(index))
      const codes = [...new Set(problems.map(({ code }) => code))].toSorted()
      assert.equal(codes, forgeries[name]?.codes.toSorted(), name)
      assert.ok(problems.every(({ file, line }) => file === 'manifest.json' && line >= 1))
    }
  }))

test.run()
