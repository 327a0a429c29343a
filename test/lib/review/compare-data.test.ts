import path from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { ProposedItem } from '../../../lib/manifest/proposed-items.ts'
import { emptyManifest, type Manifest } from '../../../lib/manifest/types.ts'
import { compareData } from '../../../lib/review/compare-data.ts'
import { createDatabase } from '../../helpers/databases.ts'
import { inFolder } from '../../helpers/in-folder.ts'
import { created, published, upload } from './review-scene.ts'

const test = suite('lib/review/compare-data')

test('what it is at names no table of a database of which nothing may be said', () =>
  inFolder(async (folder) => {
    const sql = 'CREATE TABLE hidden(k INTEGER PRIMARY KEY)'
    for (const name of ['v1', 'v2']) await createDatabase(folder, `${name}.sqlite`, sql)
    const manifestOf = (...versions: Parameters<typeof created>[2][]): Manifest =>
      ({
        ...emptyManifest,
        datasets: [created('secret', 'internal', ...versions)],
      }) as unknown as Manifest
    const [v1, v2] = [published('secret', 'v1'), upload('secret', 'v2')]
    const [base, after] = [manifestOf(v1), manifestOf(v2, v1)]
    const [dataset] = after.datasets
    const [entry] = dataset?.history ?? []
    assert.ok(dataset && entry)
    const items: ProposedItem[] = [{ kind: 'upload', dataset, entry }]
    for (const isTellable of [true, false]) {
      const said: unknown[] = []
      const { dataDiffs } = await compareData({
        items,
        claims: [],
        base,
        after,
        bring: async ({ version }) => ({
          path: path.join(folder, `${version}.sqlite`),
          label: version,
        }),
        staging: 'staging',
        env: process.env,
        isTellable: () => isTellable,
        report: (progress) => void said.push(progress),
        dispose: () => undefined,
        notice: (failure) => assert.unreachable(failure.message),
        repository: null as never,
        head: '',
        lines: 0,
        placed: null as never,
        signal: new AbortController().signal,
      })
      assert.is(dataDiffs.size, 1)
      assert.is(JSON.stringify(said).includes('hidden'), isTellable)
    }
  }))

test.run()
