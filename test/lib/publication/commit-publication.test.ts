import { rm, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { parseManifest } from '../../../lib/manifest/parse-manifest.ts'
import {
  type Committed,
  commitPublication,
  type PublicationCommit,
} from '../../../lib/publication/commit-publication.ts'
import type { Deletion, Publication } from '../../../lib/publication/publication.ts'
import type { TestDataset, TestEntry } from '../../helpers/data-repository.ts'
import { failure } from '../../helpers/failure.ts'
import { denyPushes } from '../../helpers/git-repository.ts'
import { dataset, onScene, published, type Scene, upload } from './scene.ts'

const test = suite('commitPublication')
const now = new Date('2026-05-06T07:08:09.000Z')
const page = 'docs/datasets.md'
const retiredFile = 'manifest.retired.json'

function publicationOf(stem: string, entry: TestEntry): Publication {
  return {
    kind: 'upload',
    dataset: `${stem}.sqlite`,
    version: entry.version,
    bucket: 'production',
    key: entry.r2_object_key,
    sha256: entry.sha256,
    bytes: Number(entry['bytes']),
    stagingKey: entry.staging_key ?? null,
    base: null,
    isThere: false,
    commit: '0123456',
    description: 'Reviewed',
  }
}

function deletionOf(stem: string, { version, r2_object_key: key }: TestEntry): Deletion {
  return { dataset: `${stem}.sqlite`, version, bucket: 'production', key }
}

interface Given extends Partial<PublicationCommit['plan']> {
  readonly promoted?: readonly Publication[]
  /** What was not in the bucket when it was listed. */
  readonly missing?: readonly string[]
  readonly page?: string | null
  readonly now?: () => Promise<Date>
}

function run(
  { repository, config, notice }: Scene,
  { promoted = [], missing = [], ...given }: Given = {},
): Promise<Committed> {
  const { deletions = [], usedNumbers = new Map(), orphans = [] } = given
  return commitPublication({
    repository,
    paths: { manifest: config.manifest, page: given.page === undefined ? page : given.page },
    buckets: config.buckets,
    plan: { deletions, usedNumbers, orphans },
    promoted,
    inventory: {
      sizeOf: (_bucket, key) => (missing.includes(key) ? null : 7),
      modifiedOf: () => null,
      keys: () => [],
      buckets: [],
      partial: [],
    },
    now: given.now ?? (() => Promise.resolve(now)),
    date: now,
    signal: new AbortController().signal,
    notice,
  })
}

async function show({ home }: Scene, file: string): Promise<string> {
  return home.git('show', `main:${file}`)
}

async function json<Value>(scene: Scene, file: string): Promise<Value> {
  return JSON.parse(await show(scene, file)) as Value
}

const since = now.toISOString()
const given = (stem: string, version = 'v1', time = since): object => {
  return { bucket: 'production', key: published(stem, version).r2_object_key, since: time }
}

test(
  'what is proven and what is deleted go into one commit: manifest, list and page',
  onScene(
    async (scene) => {
      const { commit, home } = scene
      const next = upload('a', 'v2')
      const marked = published('b', 'v1', { status: 'pending-deletion' })
      const before = await commit('refs/heads/main', {
        datasets: [
          dataset('a', [next, published('a', 'v1')]),
          dataset('b', [published('b', 'v2'), marked]),
          dataset('c', [published('c', 'v1')], { status: 'pending-deletion' }),
        ],
      })
      const done = await run(scene, {
        promoted: [publicationOf('a', next)],
        deletions: [deletionOf('b', marked), deletionOf('c', published('c', 'v1'))],
      })
      assert.is(await home.git('rev-parse', 'main'), done.commit)
      assert.is(await home.git('rev-parse', 'main~1'), before)
      assert.is(
        await home.git('log', '-1', '--format=%ct %B', 'main'),
        `${now.getTime() / 1000} Publish 3 changes\n\nPublish a.sqlite v2\nDelete b.sqlite v1\nDelete c.sqlite v1\n`,
      )
      assert.equal((await home.git('diff', '--name-only', 'main~1', 'main')).split('\n'), [
        page,
        'manifest.json',
        retiredFile,
      ])
      const [a, b, ...rest] = await json<TestDataset[]>(scene, 'manifest.json')
      assert.equal(rest, [])
      assert.is(a?.history[0]?.commit, '0123456')
      assert.is(a?.history[0]?.description, 'Reviewed')
      assert.equal(b?.history, [published('b', 'v2')])
      assert.equal(await json(scene, retiredFile), {
        numbers: { 'c.sqlite': 1 },
        objects: [given('b'), given('c')],
      })
      assert.match(await show(scene, page), '| v2 | 2026-01-02 |')
      assert.is(done.published.length + done.deleted.length, 3)
      assert.equal(scene.notices, [])
    },
    { remote: true },
  ),
)

test(
  'one change gives its name; nothing to change is no commit, and asks no clock',
  onScene(async (scene) => {
    const { commit, home } = scene
    const noClock = { now: () => Promise.reject(new Error('not needed')) }
    const first = upload('a', 'v1')
    await commit('refs/heads/main', { datasets: [dataset('a', [first])] })
    const promoted = [publicationOf('a', first)]
    await run(scene, { promoted, page: null, ...noClock })
    const subject = (): Promise<string> => home.git('log', '-1', '--format=%s', 'main')
    assert.is(await subject(), 'Publish a.sqlite v1')
    const files = await home.git('ls-tree', '-r', '--name-only', 'main')
    assert.is(files, 'manifest.json')
    const tip = await home.git('rev-parse', 'main')
    const again = await run(scene, { promoted, ...noClock })
    assert.equal([again.commit, again.published], [null, []])
    assert.is(await home.git('rev-parse', 'main'), tip)
    await commit('refs/heads/main', {
      datasets: [dataset('a', [published('a', 'v1', { status: 'pending-deletion' })])],
    })
    await run(scene, { deletions: [deletionOf('a', published('a', 'v1'))] })
    assert.is(await subject(), 'Delete a.sqlite v1')
    // Also with a list.
    assert.is((await run(scene, noClock)).commit, null)
    await home.git('update-ref', '-d', 'refs/heads/main')
    assert.is((await run(scene, noClock)).commit, null)
  }),
)

test(
  'the first list has the names that were gone before there was one',
  onScene(async (scene) => {
    const { commit } = scene
    const marked = published('b', 'v1', { status: 'pending-deletion' })
    await commit(
      'refs/heads/main',
      {
        datasets: [
          dataset('gone', [published('gone', 'v4'), published('gone', 'v3')]),
          dataset('shrunk', [published('shrunk', 'v2'), published('shrunk', 'v1')]),
          // Was never published, so that the number is free.
          dataset('withdrawn', [upload('withdrawn', 'v1')]),
        ],
      },
      { datasets: [dataset('shrunk', [published('shrunk', 'v1')])] },
      { datasets: [dataset('shrunk', [published('shrunk', 'v1')]), dataset('b', [marked])] },
    )
    await run(scene, { deletions: [deletionOf('b', marked)] })
    assert.equal(await json(scene, retiredFile), {
      numbers: { 'b.sqlite': 1, 'gone.sqlite': 4 },
      objects: [given('b')],
    })
  }),
)

test(
  'a number that was used, and what is an orphan, are written down also where nothing is published',
  onScene(async (scene) => {
    const { commit, home } = scene
    await commit('refs/heads/main', {
      datasets: [dataset('a', [upload('a', 'v3')]), dataset('b', [upload('b', 'v2')])],
    })
    const orphan = published('b', 'v2', { text: 'other' }).r2_object_key
    await run(scene, {
      usedNumbers: new Map([['a.sqlite', 3]]),
      orphans: [{ bucket: 'production', key: orphan }],
    })
    assert.equal(await json(scene, retiredFile), {
      numbers: { 'a.sqlite': 3 },
      objects: [{ bucket: 'production', key: orphan, since }],
    })
    assert.is(
      await home.git('log', '-1', '--format=%s', 'main'),
      'Correct the list of what was given up',
    )
    const files = await home.git('diff', '--name-only', 'main~1', 'main')
    assert.is(files, retiredFile)
    const again = await run(scene, { usedNumbers: new Map([['a.sqlite', 3]]) })
    assert.is(again.commit, null)
  }),
)

test(
  'the number of a newest version that goes is kept, also where a pending one is above it',
  onScene(async (scene) => {
    const marked = published('a', 'v2', { status: 'pending-deletion' })
    const born = { status: 'pending-deletion' }
    await scene.commit('refs/heads/main', {
      datasets: [
        // v3 may be taken back, as long as it is pending.
        dataset('a', [upload('a', 'v3'), marked, published('a', 'v1')]),
        dataset('b', [upload('b', 'v3'), published('b', 'v2', born), published('b', 'v1')]),
        dataset('c', [upload('c', 'v1')], born),
      ],
    })
    await run(scene, {
      promoted: [publicationOf('b', upload('b', 'v3'))],
      deletions: [
        deletionOf('a', marked),
        deletionOf('b', published('b', 'v2')),
        deletionOf('c', upload('c', 'v1')),
      ],
    })
    const { numbers } = await json<{ numbers: unknown }>(scene, retiredFile)
    // A dataset that goes takes the number of its pending version with it: it may have been published once.
    assert.equal(numbers, { 'a.sqlite': 2, 'c.sqlite': 1 })
    // What it wrote explains itself.
    assert.is((await run(scene)).commit, null)
  }),
)

/** A list with the objects a v1 and b v1, as a publication has written it. */
async function listed(scene: Scene, ...datasets: TestDataset[]): Promise<void> {
  const status = 'pending-deletion'
  const marked = ['a', 'b'].map((stem) => dataset(stem, [published(stem, 'v1')], { status }))
  const numbers = { 'a.sqlite': 1, 'b.sqlite': 1 }
  const objects = [given('a'), given('b')]
  await scene.commit(
    'refs/heads/main',
    { datasets: [...marked, ...datasets] },
    { datasets, retired: { numbers, objects } },
  )
}

test(
  'what is gone from its bucket leaves the list together with another change only',
  onScene(async (scene) => {
    const next = upload('c', 'v1')
    await listed(scene, dataset('c', [next]))
    const missing = [published('a', 'v1').r2_object_key]
    assert.is((await run(scene, { missing })).commit, null)
    await run(scene, { missing, promoted: [publicationOf('c', next)] })
    assert.equal(await json(scene, retiredFile), {
      numbers: { 'a.sqlite': 1, 'b.sqlite': 1 },
      objects: [given('b')],
    })
    // As many publications as deletions are no less of a change.
    const [d, e] = [upload('d', 'v1'), published('e', 'v1', { status: 'pending-deletion' })]
    await scene.commit('refs/heads/main', { datasets: [dataset('d', [d]), dataset('e', [e])] })
    await run(scene, {
      missing: [published('b', 'v1').r2_object_key],
      promoted: [publicationOf('d', d)],
      deletions: [deletionOf('e', e)],
    })
    const { objects } = await json<{ objects: unknown }>(scene, retiredFile)
    assert.equal(objects, [given('e')])
  }),
)

test(
  'what an entry names again leaves the list at the next publication',
  onScene(async (scene) => {
    await listed(scene)
    await scene.commit('refs/heads/main', { datasets: [dataset('b', [published('b', 'v1')])] })
    await run(scene)
    const list = await json<{ objects: unknown[] }>(scene, retiredFile)
    assert.equal(list.objects, [given('a')])
  }),
)

test(
  'a list that somebody else has written is put back to what it was',
  onScene(async (scene) => {
    await listed(scene)
    const forged = { numbers: {}, objects: [given('victim')] }
    await scene.commit('refs/heads/main', { retired: forged })
    await run(scene)
    assert.equal(await json(scene, retiredFile), {
      numbers: { 'a.sqlite': 1, 'b.sqlite': 1 },
      objects: [given('a'), given('b')],
    })
    assert.is((await run(scene)).commit, null)
  }),
)

/** Lets somebody else be faster, at the first push or at every one: git itself does the race. */
async function race({ home }: Scene, script: string): Promise<void> {
  const hook = [
    '#!/bin/sh',
    'cat >/dev/null',
    'unset GIT_QUARANTINE_PATH GIT_OBJECT_DIRECTORY GIT_ALTERNATE_OBJECT_DIRECTORIES',
    script,
  ].join('\n')
  await writeFile(path.join(home.folder, 'hooks/pre-receive'), hook, { mode: 0o755 })
}

test(
  'a base that moves meanwhile is read anew: what has changed there is left out',
  onScene(
    async (scene) => {
      const { commit, home } = scene
      const [a, b] = [upload('a', 'v1'), upload('b', 'v1')]
      const marked = [
        dataset('c', [published('c', 'v1', { status: 'pending-deletion' })]),
        dataset('d', [published('d', 'v1', { status: 'pending-deletion' })]),
      ]
      await commit('refs/heads/main', {
        datasets: [dataset('a', [a]), dataset('b', [b]), ...marked],
      })
      await commit('refs/race', {
        from: 'refs/heads/main^0',
        datasets: [
          dataset('a', [{ ...a, status: 'pending-deletion' }]),
          dataset('b', [b]),
          dataset('c', [published('c', 'v1')]),
          ...marked.slice(1),
        ],
        message: 'Race',
      })
      await race(
        scene,
        '[ -e raced ] || { touch raced; git update-ref refs/heads/main refs/race; }',
      )
      const done = await run(scene, {
        promoted: [publicationOf('a', a), publicationOf('b', b)],
        deletions: [deletionOf('c', published('c', 'v1')), deletionOf('d', published('d', 'v1'))],
      })
      assert.is(await home.git('log', '-1', '--format=%s', 'main~1'), 'Race')
      assert.is(await home.git('rev-parse', 'main'), done.commit)
      const names = (some: readonly { dataset: string }[]): string[] =>
        some.map((one) => one.dataset)
      assert.equal([names(done.published), names(done.deleted)], [['b.sqlite'], ['d.sqlite']])
      const text = await show(scene, 'manifest.json')
      assert.equal(
        parseManifest(text, { source: '' }).datasets.map((one) => one.history[0]?.commit),
        ['pending-merge', '0123456', 'abcdef1'],
      )
      assert.equal(await json(scene, retiredFile), {
        numbers: { 'd.sqlite': 1 },
        objects: [given('d')],
      })
    },
    { remote: true },
  ),
)

test(
  'a local base that moves meanwhile is read anew as well',
  onScene(async (scene) => {
    const { commit, home } = scene
    const marked = published('a', 'v1', { status: 'pending-deletion' })
    const next = upload('b', 'v1')
    await commit('refs/heads/main', {
      datasets: [dataset('a', [marked]), dataset('b', [next])],
    })
    let asked = 0
    const done = await run(scene, {
      promoted: [publicationOf('b', next)],
      deletions: [deletionOf('a', marked)],
      now: async () => {
        if (asked++ === 0) await commit('refs/heads/main', { files: { other: '1' } })
        return now
      },
    })
    assert.is(asked, 2)
    assert.is(await home.git('rev-parse', 'main'), done.commit)
    assert.is(await show(scene, 'other'), '1')
    assert.match(await home.git('log', '-1', '--format=%s', 'main'), 'Publish 2 changes')
  }),
)

test(
  'a base that moves at every attempt is given up after five',
  onScene(
    async (scene) => {
      const { commit, home } = scene
      const a = upload('a', 'v1')
      await commit('refs/heads/main', { datasets: [dataset('a', [a])] })
      await race(
        scene,
        'new=$(git commit-tree -p main -m Race main^{tree}) && git update-ref refs/heads/main $new',
      )
      const { context } = await failure('DM_BASE_BUSY', () =>
        run(scene, { promoted: [publicationOf('a', a)] }),
      )
      assert.equal(context, { base: 'main', attempts: 5 })
      assert.is(await home.git('rev-list', '--count', '--grep=Race', 'main'), '5')
      await rm(path.join(home.folder, 'hooks/pre-receive'))
      await denyPushes(home.folder, 'protected branch')
      const refused = await failure('DM_PUSH_REFUSED', () =>
        run(scene, { promoted: [publicationOf('a', a)] }),
      )
      assert.is(refused.context.branch, 'main')
      assert.match(refused.context.detail, 'protected branch')
    },
    { remote: true },
  ),
)

test(
  'what else prevents the commit is no matter of the page',
  onScene(async (scene) => {
    const { commit, home } = scene
    const entry = upload('a', 'v1')
    await commit('refs/heads/main', { datasets: [dataset('a', [entry])] })
    await home.git('config', 'commit.gpgsign', 'true')
    await home.git('config', 'gpg.program', 'false')
    await failure('DM_GIT_SIGNING_FAILED', () =>
      run(scene, { promoted: [publicationOf('a', entry)] }),
    )
    assert.equal(scene.notices, [])
  }),
)

test(
  'pages of older versions are written when they are new, missing or touched, and go with their versions',
  onScene(async (scene) => {
    const { commit } = scene
    const old = (count: number): TestEntry[] =>
      Array.from({ length: count }, (_, index) => published('a', `v${count - index}`))
    const folder = 'docs/datasets-older'
    const written = async (): Promise<string> =>
      scene.home.git('show', '--format=', '--name-status', 'main', '--', 'docs')
    const entry = upload('a', 'v151')
    await commit('refs/heads/main', { datasets: [dataset('a', [entry, ...old(150)])] })
    await run(scene, { promoted: [publicationOf('a', entry)] })
    const [first, second] = [`${folder}/a-v1-to-v50.md`, `${folder}/a-v51-to-v100.md`]
    assert.is(await written(), `A\t${first}\nA\t${second}\nA\tdocs/datasets.md`)
    assert.match(await show(scene, first), '| v50 |')

    const next = upload('a', 'v152')
    const history = [next, published('a', 'v151'), ...old(150)]
    await commit('refs/heads/main', {
      datasets: [dataset('a', history)],
      files: { [second]: null },
    })
    await run(scene, { promoted: [publicationOf('a', next)] })
    assert.is(await written(), `A\t${second}\nM\tdocs/datasets.md`)

    const marked = history.slice(1)
    marked.splice(101, 1, published('a', 'v50', { status: 'pending-deletion' }))
    await commit('refs/heads/main', { datasets: [dataset('a', marked)] })
    await run(scene, { deletions: [deletionOf('a', published('a', 'v50'))] })
    assert.is(await written(), `M\t${first}\nM\tdocs/datasets.md`)
    assert.not.match(await show(scene, first), '| v50 |')

    await commit('refs/heads/main', {
      datasets: [dataset('a', old(151), { status: 'pending-deletion' })],
      files: { [second]: 'mine' },
    })
    await run(scene, { deletions: old(151).map((one) => deletionOf('a', one)) })
    assert.is(await written(), `D\t${first}\nM\tdocs/datasets.md`)
    assert.equal(
      scene.notices.map(({ code, context }) => [code, context]),
      [['DM_PAGE_FOREIGN', { page: second }]],
    )
  }),
)

test(
  'a page of somebody’s own, whatever it is, is left as it is and told',
  onScene(async (scene) => {
    const { commit, home } = scene
    const own = async (version: string, files: Record<string, string | null>): Promise<string> => {
      const entry = upload('a', version)
      await commit('refs/heads/main', { datasets: [dataset('a', [entry])], files })
      await run(scene, { promoted: [publicationOf('a', entry)] })
      return show(scene, page).catch(() => '')
    }
    assert.match(await own('v1', {}), '| v1 |')
    assert.match(await own('v2', {}), '| v2 |')
    assert.match(await own('v3', { [page]: ' \n' }), '| v3 |')
    assert.equal(scene.notices, [])
    assert.is(await own('v4', { [page]: '# Mine\n' }), '# Mine')
    const told = (): unknown[] =>
      scene.notices.splice(0).map(({ code, context }) => [code, context])
    assert.equal(told(), [['DM_PAGE_FOREIGN', { page }]])
    await home.git('symbolic-ref', 'HEAD', 'refs/heads/main')
    await own('v5', { [page]: null, [`${page}/index.md`]: 'a folder' })
    assert.equal(told(), [['DM_PAGE_FOREIGN', { page }]])
    await own('v6', { 'docs/datasets.md': null, docs: 'a file' })
    assert.equal(told(), [['DM_PAGE_FOREIGN', { page }]])
    assert.is(await home.git('log', '-1', '--format=%s', 'main'), 'Publish a.sqlite v6')
  }),
)

test(
  'a page that cannot be read is not overwritten, and nothing is committed',
  onScene(async (scene) => {
    const { commit, home } = scene
    const entry = upload('a', 'v1')
    const datasets = [dataset('a', [entry])]
    const broken = await commit('refs/heads/main', { datasets, files: { [page]: '# Mine' } })
    const blob = await home.git('rev-parse', `main:${page}`)
    await rm(path.join(home.folder, 'objects', blob.slice(0, 2), blob.slice(2)))
    await failure('DM_GIT_FAILED', () => run(scene, { promoted: [publicationOf('a', entry)] }))
    assert.is(await home.git('rev-parse', 'main'), broken)
    assert.equal(scene.notices, [])
  }),
)

test.run()
