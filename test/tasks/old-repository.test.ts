import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { createTemoaDatabase } from '../helpers/databases.ts'
import { dmJson, runHere } from '../helpers/dm-here.ts'
import type { TestDataset } from '../helpers/data-repository.ts'
import { sha } from '../lib/publication/scene.ts'
import { onWork } from './work-scene.ts'

const test = suite('a repository of the predecessor')

/** An entry as it wrote them: no size, a time in microseconds. */
function entry(key: string, version: string, fields: object = {}): object {
  const sha256 = sha(`${key} ${version}`)
  return {
    version,
    timestamp: `2025-07-2${version.slice(1)}T16:13:20.872123Z`,
    sha256,
    r2_object_key: `${key}/${version}-${sha256}.sqlite`,
    diffFromPrevious: version === 'v1' ? null : `diffs/${key}/diff-to-${version}.diff`,
    commit: '5803a97',
    temoaRepoHash: null,
    description: `The ${version}`,
    ...fields,
  }
}

const lost = {
  staging_key: `staging-uploads/${sha('zones v2')}.sqlite`,
  commit: 'pending-merge',
  description: 'pending-merge',
}

/**
 * Its `latestVersion` was never updated, v1 of one is pruned away, keys lie in other folders than the
 * names say, and what waits since August has left staging.
 */
const before = [
  {
    fileName: 'grid.sqlite',
    latestVersion: 'v1',
    history: [entry('grid', 'v4'), entry('grid', 'v3'), entry('grid', 'v2')],
  },
  {
    fileName: 'team.sqlite',
    bucket: 'internal',
    latestVersion: 'v1',
    license: { name: 'ours', since: 2024 },
    history: [entry('internal', 'v1', { temoaRepoHash: '9d26bd57b81a', weight: 'WEIGHT' })],
  },
  {
    fileName: 'zones.sqlite',
    latestVersion: 'v2',
    history: [entry('zones', 'v2', lost), entry('zones', 'v1')],
  },
]
/** How a number is written is part of the bytes. */
const text = `${JSON.stringify(before, null, 2).replace('"WEIGHT"', '1.50e+1')}\n`

test(
  'what waits without its bytes is told and taken back, the rest is published, all else stays as it is',
  onWork(async ({ commit, dm, folder, home, put, work }) => {
    await commit('refs/heads/main', { datasets: text })
    for (const [bucket, key, versions] of [
      ['production', 'grid', ['v4', 'v3', 'v2']],
      ['internal', 'internal', ['v1']],
      ['production', 'zones', ['v1']],
    ] as const) {
      for (const version of versions) {
        const content = `${key} ${version}`
        // It stamped nothing.
        await put(bucket, `${key}/${version}-${sha(content)}.sqlite`, content, { by: null })
      }
    }
    const merge = (branch: unknown): Promise<string> =>
      home.git('update-ref', 'refs/heads/main', `refs/heads/${String(branch)}`)
    const manifest = (): Promise<string> => home.git('show', 'main:manifest.json')

    const { document: status } = await dm('status')
    const [row, ...others] = status['pending'] as Record<string, unknown>[]
    const { dataset, version, kind, branch, staged } = row ?? {}
    const zones = { dataset: 'zones.sqlite', version: 'v2' }
    assert.equal(
      { dataset, version, kind, branch, staged },
      { ...zones, kind: 'upload', branch: null, staged: false },
    )
    assert.equal(others, [])
    const [refused] = status['refused'] as { code: string; message: string }[]
    assert.is(refused?.code, 'DM_STAGED_MISSING')
    assert.match(refused?.message ?? '', 'dm withdraw zones.sqlite@v2 takes the version back')

    const file = await createTemoaDatabase(folder)
    const prepared = await dmJson(work, ['prepare', 'team.sqlite', file])
    assert.equal([prepared['version'], prepared['bucket']], ['v2', 'internal'])
    await merge(prepared['branch'])
    const partly = await dm('publish')
    assert.equal([partly.exit, (partly.document['published'] as object[]).length], [3, 1])
    assert.equal(partly.document['problems'], [])

    const taken = await dmJson(work, ['withdraw', 'zones.sqlite'])
    assert.equal([taken['kind'], taken['from']], ['upload', 'base'])
    await merge(taken['branch'])
    const { exit, stdout } = await runHere(work, ['publish'])
    assert.equal([exit, stdout.startsWith('Nothing is pending.')], [0, true])

    const now = await manifest()
    const added = (JSON.parse(now) as TestDataset[])[1]?.history[0]
    assert.match(added?.r2_object_key ?? '', /^internal\/v2-/)
    assert.is(added?.staging_key, undefined)
    const block = (one: unknown): string =>
      `${JSON.stringify(one, null, 2).replaceAll(/^/gm, ' '.repeat(6))},\n`
    const [, team = '', zone = ''] = text.split(/(?=^ {2}\{\n)/m).slice(-3)
    const expected = text
      .replace(team, team.replace('"v1"', '"v2"').replace('[\n', `[\n${block(added)}`))
      .replace(zone, zone.replace('"v2"', '"v1"').replace(block(before[2]?.history[0]), ''))
    assert.is(now, expected.trimEnd())
  }),
)

test.run()
