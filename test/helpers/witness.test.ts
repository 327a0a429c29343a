import { appendFile, cp, mkdir, rm, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { stagedDiffKey, stagingKey } from '../../lib/manifest/keys.ts'
import { createFolderStore } from '../../lib/store/folder/folder-store.ts'
import { dataset, day, owner, published, upload } from '../lib/publication/scene.ts'
import { ageObject } from './age-object.ts'
import { commitFiles } from './commit-files.ts'
import { createDataRepository, type TestDataset } from './data-repository.ts'
import { testRepository, type TestRepository } from './git-repository.ts'
import { inFolder } from './in-folder.ts'
import type { Asked } from './invariants.ts'
import { Witness } from './witness.ts'

const test = suite('a witness of the invariants')

const text = (value: unknown): string => `${JSON.stringify(value, null, 2)}\n`
const main = 'refs/heads/main'
const [one, two] = [published('m', 'v1'), published('m', 'v2')]
/** Given up long ago, and a moment ago. */
const [old, young] = [published('m', 'v3'), published('m', 'v4')]
/** As long ago, with nothing beside it. */
const older = published('m', 'v6')
const [proposed, left] = [upload('m', 'v5'), upload('m', 'v5', { text: 'left' })]
const base = [dataset('m', [two, one])]

interface World {
  readonly remote: TestRepository
  readonly work: TestRepository
  /** The file that an object is in. */
  readonly object: (bucket: string, key?: string) => string
  readonly pulled: string
  readonly commit: (datasets: readonly TestDataset[], retired?: unknown) => Promise<void>
}

const listed = (days: number, { r2_object_key: key }: typeof one): object => {
  const since = new Date(Date.now() - days * day).toISOString()
  return { bucket: 'production', key, since }
}

interface Deed {
  readonly do: (world: World) => Promise<unknown>
  readonly said?: string
  readonly asked?: Asked
  /** What the witness says; left out: nothing. */
  readonly tells?: string
}

const deeds: Record<string, Deed> = {
  'nothing is done': { do: async () => undefined },
  'what was given up long ago goes': {
    do: ({ object }) => rm(object('production', older.r2_object_key)),
  },
  'what was given up a moment ago goes, asked for': {
    do: ({ object }) => rm(object('production', young.r2_object_key)),
    asked: { atOnce: true },
  },
  'what nothing names goes, asked for': {
    do: ({ object }) => rm(object('production', 'm/orphan.sqlite')),
    asked: { orphans: true },
  },
  'staged bytes go that nobody needs': {
    do: ({ object }) => rm(object('staging', left.staging_key)),
  },
  'an object of a published version is gone': {
    do: ({ object }) => rm(object('production', one.r2_object_key)),
    tells: 'not the bytes that were published',
  },
  'it has other bytes': {
    do: ({ object }) => writeFile(object('production', one.r2_object_key), 'm v0'),
    tells: 'not the bytes that were published',
  },
  'what was given up has other bytes': {
    do: ({ object }) => writeFile(object('production', young.r2_object_key), 'm v0'),
    tells: 'other bytes than before',
  },
  'a new object has not the bytes of its key': {
    do: ({ object }) => writeFile(object('internal', proposed.r2_object_key), 'm v0'),
    tells: 'not the bytes that the key names',
  },
  'a key does not name its bytes': {
    do: async ({ commit }) => {
      const elsewhere = { ...proposed, r2_object_key: one.r2_object_key }
      const { staging_key: _, ...entry } = { ...elsewhere, commit: 'abcdef1' }
      await commit([dataset('m', [elsewhere, two, one])])
      await commit([dataset('m', [entry, two, one])])
    },
    tells: 'the key does not name the bytes',
  },
  'what is named is on the list': {
    do: ({ commit }) => commit(base, { numbers: {}, objects: [listed(0, one)] }),
    tells: 'given up, and named',
  },
  'what was given up a moment ago goes': {
    do: ({ object }) => rm(object('production', young.r2_object_key)),
    tells: 'too early',
  },
  'what was never given up goes': {
    do: ({ object }) => rm(object('production', 'm/orphan.sqlite')),
    tells: 'never given up',
  },
  'staged bytes go that a branch needs': {
    do: ({ object }) => rm(object('staging', proposed.staging_key)),
    tells: "the branch 'data/m-v5' needs it",
  },
  'what lies beside something goes with it': {
    do: async ({ object }) => {
      await rm(object('production', `${old.r2_object_key}.zst`))
      await rm(object('production', old.r2_object_key))
    },
  },
  'what lies beside a published version goes': {
    do: ({ object }) => rm(object('production', `${one.r2_object_key}.zst`)),
    tells: 'is gone, and named',
  },
  'it outlives what it stands beside': {
    do: ({ object }) => rm(object('production', old.r2_object_key)),
    tells: 'has outlived',
  },
  'the diff of what a branch proposes goes': {
    do: ({ object }) => rm(object('staging', stagedDiffKey(proposed.staging_key ?? ''))),
    tells: "the branch 'data/m-v5' needs it",
  },
  'what a pending delta builds upon goes': {
    do: async ({ object, commit }) => {
      const delta = { form: 'delta', base: older.sha256 } as const
      const staging_key = stagingKey(owner, 'production', proposed.sha256, delta)
      await commit([dataset('m', [{ ...proposed, staging_key }, two, one])])
      await rm(object('production', older.r2_object_key))
    },
    tells: 'what is pending builds upon it',
  },
  'what a proposed delta builds upon goes': {
    do: async ({ object, remote }) => {
      const delta = { form: 'delta', base: older.sha256 } as const
      const staging_key = stagingKey(owner, 'production', proposed.sha256, delta)
      const files = {
        'manifest.json': text([dataset('m', [{ ...proposed, staging_key }, two, one])]),
      }
      await commitFiles(remote.folder, [{ ref: 'refs/heads/data/delta', from: main, files }])
      await rm(object('production', older.r2_object_key))
    },
    tells: 'what is proposed builds upon it',
  },
  'a published entry is edited': {
    do: ({ commit }) => commit([dataset('m', [two, { ...one, timestamp: two.version }])]),
    tells: 'was edited',
  },
  'what goes now is said to be given up long ago': {
    do: async ({ commit }) => {
      await commit([dataset('m', [two, { ...one, status: 'pending-deletion' }])])
      await commit([dataset('m', [two])], { numbers: {}, objects: [listed(20, one)] })
    },
    tells: 'was not given up at',
  },
  'the base is rewritten': {
    do: ({ remote }) => remote.git('update-ref', main, 'main^'),
    tells: 'the base was rewritten',
  },
  'a file of the user is changed': {
    do: ({ work }) => work.write({ 'notes.md': 'other' }),
    tells: 'was touched',
  },
  'a file is put into the index': {
    do: ({ work }) => work.git('add', 'notes.md'),
    tells: 'was touched',
  },
  'a branch of the user moves': {
    do: ({ work }) => work.git('branch', 'other'),
    tells: 'was touched',
  },
  'a part of a file is left': {
    do: ({ pulled }) => writeFile(path.join(pulled, 'm.sqlite.part'), 'm v'),
    tells: 'is no version',
  },
  'a good file is gone': {
    do: ({ pulled }) => rm(path.join(pulled, 'm.sqlite')),
    tells: 'was there, and is gone',
  },
  'a good file is cut': {
    do: ({ pulled }) => appendFile(path.join(pulled, 'm.sqlite'), '.'),
    tells: 'is no version',
  },
  'a secret is printed': {
    do: async () => undefined,
    said: 'key: a%2Fb',
    tells: 'a secret was printed',
  },
  'a secret is committed': {
    do: ({ remote }) => remote.git('commit-tree', 'main^{tree}', '-m', 'key: a/b'),
    tells: 'a secret was committed',
  },
}

/** A base, branches, buckets, a clone and what was pulled, in which all is well. */
async function makeWorld(folder: string): Promise<void> {
  const { remote } = await createDataRepository(folder, { 'manifest.json': text(base) })
  const objects = [listed(20, old), listed(20, older), listed(1, young)]
  await commitFiles(remote.folder, [
    { ref: main, files: { 'manifest.retired.json': text({ numbers: {}, objects }) } },
    {
      ref: 'refs/heads/data/m-v5',
      from: main,
      files: { 'manifest.json': text([dataset('m', [proposed, two, one])]) },
    },
  ])
  const put = async (bucket: string, key: string, content: string): Promise<void> => {
    const file = path.join(folder, 'store', bucket, key)
    await mkdir(path.dirname(file), { recursive: true })
    await writeFile(file, content)
    await ageObject(path.join(folder, 'store', bucket), key, 10 * day)
  }
  const texts = { v1: one, v2: two, v3: old, v4: young, v6: older }
  for (const [version, { r2_object_key: key }] of Object.entries(texts)) {
    await put('production', key, `m ${version}`)
  }
  for (const { r2_object_key: key } of [one, old]) await put('production', `${key}.zst`, 'zst')
  await put('production', 'm/orphan.sqlite', 'orphan')
  await put('staging', stagedDiffKey(proposed.staging_key ?? '') ?? '', 'diff')
  await put('staging', proposed.staging_key ?? '', 'm v5')
  await put('staging', left.staging_key ?? '', 'left')
  await mkdir(path.join(folder, 'store/internal/m'), { recursive: true })
  await mkdir(path.join(folder, 'pulled'))
  await writeFile(path.join(folder, 'pulled/m.sqlite'), 'm v1')
  await testRepository(path.join(folder, 'work')).write({ 'notes.md': 'Notes' })
}

test('tells what breaks one, and nothing else', () =>
  inFolder(async (folder) => {
    const template = path.join(folder, 'template')
    await makeWorld(template)
    for (const [name, { do: act, said, asked, tells }] of Object.entries(deeds)) {
      const own = path.join(folder, name)
      await cp(template, own, { recursive: true, preserveTimestamps: true })
      const remote = testRepository(path.join(own, 'remote.git'))
      const work = testRepository(path.join(own, 'work'))
      const pulled = path.join(own, 'pulled')
      const root = path.join(own, 'store')
      const witness = await Witness.of({
        git: remote.git,
        open: (bucket) => createFolderStore({ bucket, root, repository: owner }),
        clones: [work],
        pulled,
        secrets: ['a/b'],
      })
      await act({
        remote,
        work,
        pulled,
        object: (bucket, key = '') => path.join(root, bucket, key),
        commit: async (datasets, retired) => {
          const list = retired === undefined ? {} : { 'manifest.retired.json': text(retired) }
          const files = { 'manifest.json': text(datasets), ...list }
          await commitFiles(remote.folder, [{ ref: main, files }])
        },
      })
      const told = await witness
        .verify(said, asked)
        .then(() => (asked === undefined ? witness.verifyAll() : undefined))
        .then(
          () => 'nothing',
          (error: Error) => error.message,
        )
      assert.ok(told.includes(tells ?? 'nothing'), `${name}: ${told}`)
    }
  }))

test.run()
