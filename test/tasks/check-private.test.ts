import { copyFile, mkdir } from 'node:fs/promises'
import path from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { withFile } from '../../lib/files/file-identity.ts'
import { type HashedFile, hashFile } from '../../lib/files/hash-file.ts'
import { stagingKey } from '../../lib/manifest/keys.ts'
import { writeStamp } from '../../lib/store/folder/stamp-file.ts'
import type { TestDataset, TestEntry } from '../helpers/data-repository.ts'
import { createDatabase } from '../helpers/databases.ts'
import { runHere } from '../helpers/dm-here.ts'
import { dataset, owner, published } from '../lib/publication/scene.ts'
import { onWork } from './work-scene.ts'

const test = suite('what dm check says of private rows that a proposal gets at')

const main = 'refs/heads/main'
/** In the rows of the private dataset, and what it calls its table. */
const secrets = /4321|hidden/

const bases = { cache: { size: '0' }, review: { maxChangedRows: 0 } }

test(
  'neither a bucket nor a hash that it claims has CI tell them',
  onWork(async ({ folder, commit, store, work, home }) => {
    const make = async (name: string, values: string): Promise<HashedFile> => {
      const sql = `CREATE TABLE hidden(id INTEGER PRIMARY KEY, n TEXT); INSERT INTO hidden VALUES ${values};`
      const file = await createDatabase(folder, `${name}.sqlite`, sql)
      return withFile(file, (opened) => hashFile(opened))
    }
    const [secret, open, own] = [
      await make('secret', "(1, '4321')"),
      await make('open', "(1, '1000')"),
      await make('own', "(2, '2000')"),
    ]
    const entryOf = (stem: string, version: string, { sha256, bytes }: HashedFile): TestEntry =>
      published(stem, version, {
        sha256,
        bytes,
        r2_object_key: `${stem}/${version}-${sha256}.sqlite`,
      })
    const release = async (bucket: string, stem: string, file: HashedFile): Promise<TestEntry> => {
      const entry = entryOf(stem, 'v1', file)
      await store(bucket).put(entry.r2_object_key, file.path, { stamp: { sha256: file.sha256 } })
      return entry
    }
    const s1 = await release('internal', 's', secret)
    const m1 = await release('production', 'm', open)
    const inPrivate = { bucket: 'internal' }
    await commit(main, { datasets: [dataset('m', [m1]), dataset('s', [s1], inPrivate)] })

    // Whoever may stage can stamp anything as anything.
    const upload = async (bucket: string, stem: string, named: HashedFile): Promise<TestEntry> => {
      const { sha256 } = named
      const key = stagingKey(owner, bucket, sha256)
      const staging = path.join(folder, 'store/staging')
      await mkdir(path.dirname(path.join(staging, key)), { recursive: true })
      await copyFile(own.path, path.join(staging, key))
      await writeStamp(staging, key, path.join(staging, key), { sha256, repository: owner, bucket })
      const pending = { commit: 'pending-merge', staging_key: key }
      return { ...entryOf(stem, 'v2', named), ...pending }
    }
    const claimed = (stem: string): { diffFromPrevious: string } => ({
      diffFromPrevious: `diffs/${stem}/diff-v1-to-v2.sql`,
    })
    const moved = { ...(await upload('production', 's', own)), ...claimed('s') }
    const brought = dataset('s', [await upload('internal', 's', own), s1], inPrivate)
    const same = { ...(await upload('production', 'm', secret)), ...claimed('m') }
    const attacks: Record<string, [stem: string, datasets: TestDataset[]]> = {
      'its bucket': ['s', [dataset('m', [m1]), dataset('s', [moved, s1])]],
      'its hash': ['m', [brought, dataset('m', [same, m1])]],
      'its hash, to be disclosed': [
        'm',
        [brought, dataset('m', [{ ...same, disclose: true }, m1])],
      ],
    }
    for (const [name, [stem, datasets]] of Object.entries(attacks)) {
      const branch = `data/${name.replaceAll(/\W+/g, '-')}`
      const files = { [claimed(stem).diffFromPrevious]: '-- it is\n' }
      await commit(`refs/heads/${branch}`, { datasets, files, from: main })
      await home.git('-C', work, 'fetch', '--quiet')
      const args = ['check', '--base', 'main', '--head', `origin/${branch}`]
      const { exit, stdout, stderr } = await runHere(work, ['--json', ...args], { CI: 'true' })
      const { diffMarkdown, problems, unverified } = JSON.parse(stdout)
      assert.equal([exit, diffMarkdown], [3, ''], name)
      assert.not.match(`${stdout}${stderr}`, secrets, name)
      // Neither how many rows, nor from which line on what it says is wrong.
      assert.not.match(JSON.stringify(problems), /changes \d+ rows|DM_CHECK_DIFF_FALSE/, name)
      assert.equal(unverified, [{ dataset: `${stem}.sqlite`, version: 'v2' }], name)
    }
  }, bases),
)

test.run()
