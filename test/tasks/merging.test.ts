import { writeFile } from 'node:fs/promises'
import path from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { createFolderStore } from '../../lib/store/folder/folder-store.ts'
import { commitFiles } from '../helpers/commit-files.ts'
import { createDataRepository, type TestDataset } from '../helpers/data-repository.ts'
import { dmJson } from '../helpers/dm-here.ts'
import { cloneRepository, type TestRepository } from '../helpers/git-repository.ts'
import { inFolder } from '../helpers/in-folder.ts'
import { verifyInvariants } from '../helpers/invariants.ts'
import { dataset, owner, published, upload } from '../lib/publication/scene.ts'

const test = suite('merging')

/** The description of what was merged, where it is not the subject of the base's commit. */
type Described = string | undefined

/** Each is done in a clone that is on the base; `branch` is there as `origin/<branch>`. */
const ways: Record<string, (git: TestRepository['git'], branch: string) => Promise<Described>> = {
  merge: async (git, branch) => {
    await git('merge', '--quiet', '--no-ff', '-m', `Merge ${branch}`, `origin/${branch}`)
    return git('log', '-1', '--format=%s', 'HEAD^2')
  },
  squash: async (git, branch) => {
    await git('merge', '--quiet', '--squash', `origin/${branch}`)
    await git('commit', '--quiet', '-m', `Squash ${branch} (#7)`)
    return undefined
  },
  rebase: async (git, branch) => {
    await git('checkout', '--quiet', '--detach', `origin/${branch}`)
    await git('rebase', '--quiet', 'main')
    const rebased = await git('rev-parse', 'HEAD')
    await git('checkout', '--quiet', 'main')
    await git('merge', '--quiet', '--ff-only', rebased)
    return undefined
  },
  pick: async (git, branch) => {
    const fork = await git('merge-base', 'main', `origin/${branch}`)
    await git('cherry-pick', `${fork}..origin/${branch}`)
    return undefined
  },
  // The branch is brought up to date with the base before it is merged.
  updated: async (git, branch) => {
    await git('checkout', '--quiet', '--detach', `origin/${branch}`)
    await git('merge', '--quiet', '-m', `Update ${branch}`, 'main')
    const tip = await git('rev-parse', 'HEAD')
    await git('checkout', '--quiet', 'main')
    await git('merge', '--quiet', '--no-ff', '-m', `Merge ${branch}`, tip)
    return `Update ${branch}`
  },
  forward: async (git, branch) => {
    await git('merge', '--quiet', '--ff-only', `origin/${branch}`)
    return undefined
  },
}

const together = ['octopus-1', 'octopus-2', 'queue-1', 'queue-2', 'mixed-1', 'mixed-2']

/** A dataset for each way and each kind of proposal. */
const stems = [
  ...Object.keys(ways).flatMap((way) => ['once', 'corrected'].map((kind) => `${way}-${kind}`)),
  ...together,
]

const manifestText = (datasets: readonly TestDataset[]): string =>
  `${JSON.stringify(datasets, null, 2)}\n`

test('however proposals are merged, they are published with the commit that brought them', () =>
  inFolder(async (folder) => {
    const before = stems.map((stem) => dataset(stem, [published(stem, 'v1')]))
    const { work, remote, manifest } = await createDataRepository(folder, {
      'manifest.json': manifestText(before),
    })
    const storage = { type: 'folder', path: path.join(folder, 'store') }
    await work.write({ 'datamanager.config.json': JSON.stringify({ storage, repository: owner }) })
    const open = (bucket: string): ReturnType<typeof createFolderStore> =>
      createFolderStore({ bucket, root: storage.path, repository: owner })
    const bytes = path.join(folder, 'bytes')
    for (const [index, stem] of stems.entries()) {
      await writeFile(`${bytes}-${index}`, `${stem} v1`)
      const { r2_object_key: key, sha256 } = published(stem, 'v1')
      await open('production').put(key, `${bytes}-${index}`, { stamp: { sha256 } })
    }
    /** Proposes v2 of a dataset on top of the base; the bytes that were proposed first are gone. */
    const propose = async (stem: string): Promise<string> => {
      const branch = `data/${stem}-v2`
      const now = await manifest()
      const proposed = (text: string): string =>
        manifestText(
          now.map((one) => {
            if (one.fileName !== `${stem}.sqlite`) return one
            const entry = upload(stem, 'v2', { text, description: 'pending-merge' })
            return dataset(stem, [entry, published(stem, 'v1')])
          }),
        )
      const commits = [
        ...(stem.endsWith('corrected') ? [[`Wrong ${stem}`, 'wrong']] : []),
        [`Add ${stem}`, `${stem} v2`],
      ] as const
      await commitFiles(
        remote.folder,
        commits.map(([message, text], index) => ({
          ref: `refs/heads/${branch}`,
          from: index === 0 ? 'refs/heads/main^0' : undefined,
          files: { 'manifest.json': proposed(text ?? '') },
          message: message ?? '',
        })),
      )
      await writeFile(`${bytes}-${stem}`, `${stem} v2`)
      const { staging_key: key = '', sha256 } = upload(stem, 'v2')
      const stamp = { sha256, bucket: 'production' }
      await open('staging').put(key, `${bytes}-${stem}`, { stamp })
      return branch
    }
    const { git } = await cloneRepository(remote.folder, path.join(folder, 'merger'))
    const branches = new Map<string, string>()
    const expected = new Map<string, [commit: string, description: string]>()
    const note = async (stem: string, description: Described): Promise<void> => {
      const [hash = '', subject = ''] = (await git('log', '-1', '--format=%H%n%s')).split('\n')
      expected.set(`${stem}.sqlite`, [hash.slice(0, 7), description ?? subject])
    }
    for (const stem of stems) {
      if (!stem.startsWith('forward')) branches.set(stem, await propose(stem))
    }
    await git('fetch', '--quiet', 'origin')
    for (const [stem, branch] of branches) {
      if (together.includes(stem)) continue
      const way = ways[stem.split('-')[0] ?? '']
      await note(stem, await way?.(git, branch))
    }
    const of = (stem: string): string => `origin/${branches.get(stem)}`
    // Two at once; whose subject it is cannot be said.
    await git('merge', '--quiet', '-m', 'Both', of('octopus-1'), of('octopus-2'))
    for (const stem of ['octopus-1', 'octopus-2']) await note(stem, undefined)
    // As a merge queue does it: each is merged on top of the other, then the base moves once.
    for (const stem of ['queue-1', 'queue-2']) {
      await git('merge', '--quiet', '--no-ff', '-m', `Merge ${stem}`, of(stem))
      await note(stem, `Add ${stem}`)
    }
    // Two in one commit.
    for (const stem of ['mixed-1', 'mixed-2']) await git('cherry-pick', '--no-commit', of(stem))
    await git('commit', '--quiet', '-m', 'Both in one')
    for (const stem of ['mixed-1', 'mixed-2']) await note(stem, undefined)
    await git('push', '--quiet', 'origin', 'main')
    for (const stem of stems.filter((one) => one.startsWith('forward'))) {
      const branch = await propose(stem)
      await git('fetch', '--quiet', 'origin')
      await note(stem, await ways['forward']?.(git, branch))
      await git('push', '--quiet', 'origin', 'main')
    }

    const result = await dmJson(work.folder, ['publish'])
    assert.is((result['published'] as unknown[]).length, stems.length)
    const found = (await manifest()).map(({ fileName, latestVersion, history: [entry] }) => {
      assert.is(latestVersion, 'v2', fileName)
      return [fileName, [entry?.commit, entry?.description]] as const
    })
    assert.equal(Object.fromEntries(found), Object.fromEntries(expected))
    await verifyInvariants({ git: remote.git, open }, new Map())
  }))

test.run()
