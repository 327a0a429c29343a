import { appendFile, readFile, rm, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { dmFailure, dmHere, dmJson, runHere } from '../helpers/dm-here.ts'
import { createTemoaDatabase } from '../helpers/databases.ts'
import { writeStamp } from '../../lib/store/folder/stamp-file.ts'
import { inFolder } from '../helpers/in-folder.ts'
import { s3Config } from '../helpers/s3-config.ts'
import {
  created,
  find,
  hashOf,
  published,
  reviewScene,
  rollback,
  upload,
} from '../lib/review/review-scene.ts'
import { onRepository, uncompressed } from './publish-scene.ts'

const test = suite('dm check')

const recent = { timestamp: new Date().toISOString() }
const bad = { exit: 3, code: 'DM_CHECK_PROBLEMS' }

type Told = { code: string; dataset: string; version: string | null; file: string; line: number }[]

function codesOf(document: Record<string, unknown>): string[] {
  return [...new Set((document['problems'] as Told).map(({ code }) => code))].toSorted()
}

test(
  'what prepare proposes is as it should be; the bytes too, as far as they are there',
  onRepository(async ({ work, folder, staged }) => {
    await work.write(uncompressed)
    const file = await createTemoaDatabase(folder)
    const { sha256, commit } = await dmJson(work.folder, ['prepare', 'model.sqlite', file])
    const args = ['check', '--base', 'main', '--head', 'data/model-v1']
    const checked = await dmJson(work.folder, [...args, '--full'])
    assert.equal(checked['problems'], [])
    assert.is(checked['head'], commit)
    assert.is(checked['staged'], true)
    const proposed = {
      kind: 'upload',
      dataset: 'model.sqlite',
      version: 'v1',
      bucket: 'production',
    }
    assert.equal(checked['proposed'], [proposed])
    const { stdout } = await runHere(work.folder, args)
    assert.is(stdout, 'Proposed: upload model.sqlite v1.\nEverything is as it should be.\n')
    const place = await staged(String(sha256))
    const good = await readFile(place)
    await writeFile(place, Buffer.concat([good.subarray(0, -1), Buffer.from('x')]))
    const { document } = await dmFailure(work.folder, [...args, '--full'], bad)
    assert.equal(codesOf(document), ['DM_BYTES_DIFFER'])
    assert.is((document['problems'] as Told)[0]?.line, 7)
    await appendFile(place, 'x')
    const larger = await dmFailure(work.folder, args, bad)
    assert.equal(codesOf(larger.document), ['DM_OBJECT_SIZE'])
    await rm(place)
    const { notices } = await dmJson(work.folder, args)
    assert.equal(
      (notices as { code: string }[]).map(({ code }) => code),
      ['DM_CHECK_STAGED_UNSEEN'],
    )
  }),
)

test('what is not in a store that others see, is missing; without keys nothing is looked at', () =>
  inFolder(async (folder) => {
    await reviewScene(folder, {
      third: {
        edit: (manifest) =>
          void find(manifest, 'model').history.unshift(upload('model', 'v3', recent)),
      },
      back: {
        edit: (manifest) =>
          void find(manifest, 'model').history.unshift(rollback('model', 'v3', 'v1', recent)),
      },
    })
    const config = path.join(folder, 'datamanager.config.json')
    await writeFile(config, JSON.stringify({ storage: { type: 'folder', path: 'store' } }))
    for (const [branch, code] of [
      ['third', 'DM_STAGED_MISSING'],
      ['back', 'DM_ROLLBACK_MISSING'],
    ] as const) {
      const { document } = await dmFailure(folder, ['check', '--head', branch], bad)
      assert.equal(codesOf(document), [code])
    }
    await writeFile(config, s3Config('http://127.0.0.1:9'))
    const { notices, staged } = await dmJson(folder, ['check', '--head', 'third'])
    assert.match(JSON.stringify(notices), 'There are no keys')
    assert.is(staged, false)
  }))

test(
  'what the bytes change is held against the limits, and told of public datasets only',
  onRepository(async ({ work, folder, propose }) => {
    const limit = (maxChangedRows: number): Promise<void> =>
      work.write({ 'datamanager.config.json': JSON.stringify({ review: { maxChangedRows } }) })
    await limit(0)
    await propose('model', 10)
    await propose('secret', 11, '--bucket', 'internal')
    await dmJson(work.folder, ['publish'])
    const env = { XDG_CACHE_HOME: path.join(folder, 'cache') }
    for (const dataset of ['model', 'secret']) {
      const file = await createTemoaDatabase(folder, `${dataset}-new.sqlite`, dataset.length + 10)
      await dmJson(work.folder, ['prepare', `${dataset}.sqlite`, file])
      const args = ['check', '--base', 'main', '--head', `data/${dataset}-v2`]
      await limit(1)
      const { document } = await dmFailure(work.folder, args, bad, { env })
      assert.equal(codesOf(document), ['DM_REVIEW_LIMIT'])
      const [told] = document['problems'] as { message: string }[]
      const isPublic = dataset === 'model'
      assert.is(/changes \d+ rows, where 1 are allowed/.test(told?.message ?? ''), isPublic)
      assert.is(document['diffMarkdown'] !== '', isPublic)
      await limit(100)
      assert.equal((await dmJson(work.folder, args, { env }))['problems'], [])
    }
  }),
)

test(
  'that somebody else has staged the bytes is said; their bucket must be the right one',
  onRepository(async ({ work, folder, staged }) => {
    const file = await createTemoaDatabase(folder)
    const { sha256 } = await dmJson(work.folder, ['prepare', 'model.sqlite', file])
    const place = await staged(String(sha256))
    const root = path.join(work.folder, '.git/datamanager/store/staging')
    const stamp = { sha256: String(sha256), repository: 'some/body', bucket: 'production' }
    await writeStamp(root, path.relative(root, place), place, stamp)
    const args = ['check', '--base', 'main', '--head', 'data/model-v1']
    const { notices } = await dmJson(work.folder, args)
    assert.match(JSON.stringify(notices), 'DM_STAGED_FOREIGN')
    await writeStamp(root, path.relative(root, place), place, { ...stamp, bucket: 'internal' })
    const { document } = await dmFailure(work.folder, args, bad)
    assert.equal(codesOf(document), ['DM_STAGED_BUCKET'])
  }),
)

test('all that is wrong is told at once, with the line where it stands', () =>
  inFolder(async (folder) => {
    const wrong = { ...recent, timestamp: '1999-11-25T12:00:00.000Z' }
    const diffs = (place: string): object => ({ ...recent, diffFromPrevious: place })
    const { work } = await reviewScene(folder, {
      everything: {
        edit: (manifest) => {
          const model = find(manifest, 'model')
          Object.assign(model, { owner: 'eve' })
          const [second, first] = model.history
          if (first) first.status = 'pending-deletion'
          if (second)
            Object.assign(second, {
              commit: 'pending-merge',
              staging_key: upload('model', 'v2').staging_key,
              description: 'x',
            })
          const { bytes: _bytes, ...small } = upload('model', 'v4', wrong)
          model.history.unshift(small, upload('model', 'v3', diffs('README.md')))
          find(manifest, 'secret').history.unshift(
            upload('secret', 'v2', diffs('diffs/secret/x.sql')),
          )
          find(manifest, 'waiting').status = 'pending-deletion'
          find(manifest, 'going').history.shift()
          const [old, pending] = find(manifest, 'returning').history
          if (pending) pending.commit = '1234abc'
          if (old) old.sha256 = hashOf('evil')
          manifest.push(
            created('attic', 'attic', upload('attic', 'v1', recent)),
            created('new', 'production', upload('new', 'v1', diffs('diffs/new/diff-v0-to-v1.sql'))),
            created(
              'other',
              'production',
              published('other', 'v1'),
              upload('other', 'v2', diffs('diffs/other/diff-v1-to-v2.sql')),
            ),
          )
        },
        files: {
          'README.md': 'x\n',
          'diffs/model/diff-v1-to-v2.sql': 'x\n',
          'manifest.retired.json': '{}',
        },
      },
      limits: {
        edit: (manifest) =>
          void find(manifest, 'model').history.unshift(upload('model', 'v3', recent)),
      },
    })
    const { document } = await dmFailure(folder, ['check', '--head', 'everything'], bad)
    assert.equal(codesOf(document), [
      'DM_CHANGE_DATASET_MARKED',
      'DM_CHANGE_PUBLISHED',
      'DM_CHANGE_REMOVED',
      'DM_CHANGE_SELF_PUBLISHED',
      'DM_CHECK_BYTES',
      'DM_CHECK_DIFF_MISSING',
      'DM_CHECK_DIFF_PATH',
      'DM_CHECK_DIFF_PRIVATE',
      'DM_CHECK_DIFF_STRAY',
      'DM_CHECK_FIELDS',
      'DM_CHECK_KINDS',
      'DM_CHECK_MIXED',
      'DM_CHECK_RETIRED',
      'DM_CHECK_REVERSAL',
      'DM_CHECK_TIMESTAMP',
      'DM_UNKNOWN_BUCKET',
    ])
    const lines = (await work.git('show', 'everything:manifest.json')).split('\n')
    const told = (document['problems'] as Told).filter(({ version }) => version !== null)
    for (const { version, line, code } of told) {
      if (code === 'DM_CHANGE_REMOVED') continue
      assert.match(lines.slice(line - 1, line + 2).join('\n'), `"version": "${version}"`, code)
    }
    const { stderr } = await runHere(folder, ['check', '--head', 'everything'])
    assert.match(stderr, 'model.sqlite v4: v4 of')
    const { notices } = await dmJson(folder, ['check', '--head', 'limits'])
    assert.match(JSON.stringify(notices), 'DM_CHECK_NO_DIFF')
    const settings = path.join(folder, 'fields.json')
    await writeFile(settings, JSON.stringify({ fields: { source: {} } }))
    const args = ['check', '--head', 'limits', '--config', settings]
    assert.equal(codesOf((await dmFailure(folder, args, bad)).document), ['DM_CHECK_FIELD_VALUE'])
  }))

test('nothing of the head is run or obeyed', () =>
  inFolder(async (folder) => {
    const { work } = await reviewScene(folder, {
      evil: {
        edit: (manifest) =>
          void manifest.push(created('new', 'attic', upload('new', 'v1', recent))),
        files: {
          'datamanager.config.ts': `import { writeFileSync } from 'node:fs'\nwriteFileSync('ran', '')\nexport default { buckets: { staging: {}, attic: { url: 'https://example.org' } } }\n`,
        },
      },
    })
    const { document } = await dmFailure(folder, ['check', '--head', 'evil'], bad)
    assert.equal(codesOf(document), ['DM_CHECK_MIXED', 'DM_UNKNOWN_BUCKET'])
    assert.is(await work.git('status', '--porcelain', '--', 'ran'), '')
  }))

test('what cannot be compared is said', () =>
  inFolder(async (folder) => {
    const { work } = await reviewScene(folder, {})
    await dmFailure(folder, ['check', '--base', 'nowhere'], {
      exit: 2,
      code: 'DM_REFERENCE_UNKNOWN',
    })
    const option = await dmHere(folder, ['check', '--head=--upload-pack=x'])
    assert.is(option.code, 'DM_REFERENCE_UNKNOWN')
    const tree = await work.git('rev-parse', 'main^{tree}')
    await work.git('branch', 'alien', await work.git('commit-tree', tree, '-m', 'Alien'))
    await dmFailure(folder, ['check', '--head', 'alien'], { exit: 3, code: 'DM_CHECK_UNRELATED' })
    assert.equal((await dmJson(folder, ['check', '--head', 'main']))['proposed'], [])
  }))

test.run()
