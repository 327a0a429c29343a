import path from 'node:path'
import { commitFiles } from './commit-files.ts'
import {
  cloneRepository,
  createRemoteAndClone,
  type FileMap,
  type TestRepository,
} from './git-repository.ts'

/** A version entry as a manifest has it. */
export interface TestEntry {
  version: string
  timestamp: string
  sha256: string
  r2_object_key: string
  staging_key?: string
  commit: string
  description: string
  status?: string
  [field: string]: unknown
}

export interface TestDataset {
  fileName: string
  bucket?: string
  latestVersion?: string
  status?: string
  history: TestEntry[]
}

/** A data repository with a remote, as a developer sees it; a forge merges and edits there. */
export interface DataRepository {
  /** Bare. */
  readonly remote: TestRepository
  /** The developer's clone. */
  readonly work: TestRepository
  /** Merges a branch into the base with a merge commit, as a forge does. */
  readonly merge: (branch: string, message?: string) => Promise<string>
  /** Edits the base's manifest; returns the commit. */
  readonly edit: (change: (manifest: TestDataset[]) => TestDataset[] | void) => Promise<string>
  /** The manifest on the remote's base. */
  readonly manifest: () => Promise<TestDataset[]>
}

/** Makes one in a folder: `remote.git` and its clone `work`. */
export async function createDataRepository(
  folder: string,
  files: FileMap = { 'manifest.json': '[]\n' },
): Promise<DataRepository> {
  const { remote, work } = await createRemoteAndClone(folder, files)
  const { git } = remote
  const show = async (): Promise<TestDataset[]> =>
    JSON.parse(await git('show', 'main:manifest.json')) as TestDataset[]
  return {
    remote,
    work,
    merge: async (branch, message = `Merge ${branch}`) => {
      const [main, fork] = [await git('rev-parse', 'main'), await git('merge-base', 'main', branch)]
      const parents = ['-p', main, '-p', branch]
      if (main === fork) {
        const commit = await git('commit-tree', `${branch}^{tree}`, ...parents, '-m', message)
        await git('update-ref', 'refs/heads/main', commit)
        return commit
      }
      // Two trees take a work tree.
      const merging = await cloneRepository(remote.folder, path.join(folder, `merging-${main}`))
      await merging.git('merge', '--quiet', '--no-ff', '-m', message, `origin/${branch}`)
      await merging.git('push', '--quiet', 'origin', 'main')
      return merging.git('rev-parse', 'HEAD')
    },
    edit: async (change) => {
      const before = await show()
      const text = `${JSON.stringify(change(before) ?? before, null, 2)}\n`
      const where = { ref: 'refs/heads/main', message: 'Edit the manifest', time: new Date() }
      await commitFiles(remote.folder, [{ ...where, files: { 'manifest.json': text } }])
      return git('rev-parse', 'main')
    },
    manifest: show,
  }
}
