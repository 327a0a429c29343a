import path from 'node:path'
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

/** A data repository with a remote, as a developer and a reviewer see it. */
export interface DataRepository {
  /** Bare. */
  readonly remote: TestRepository
  /** The developer's clone. */
  readonly work: TestRepository
  /** Merges a branch into the base with a merge commit, as a forge does. */
  readonly merge: (branch: string, message?: string) => Promise<string>
  /** Edits the base's manifest and pushes that; returns the commit. */
  readonly edit: (change: (manifest: TestDataset[]) => TestDataset[] | void) => Promise<string>
  /** The manifest on the remote's base. */
  readonly manifest: () => Promise<TestDataset[]>
}

/** Makes one in a folder: `remote.git`, `work`, and the reviewer's clone beside them. */
export async function createDataRepository(
  folder: string,
  files: FileMap = { 'manifest.json': '[]\n' },
): Promise<DataRepository> {
  const { remote, work } = await createRemoteAndClone(folder, files)
  const reviewer = await cloneRepository(remote.folder, path.join(folder, 'reviewer'))
  const update = async (): Promise<void> => {
    await reviewer.git('fetch', '--quiet', 'origin')
    await reviewer.git('reset', '--quiet', '--hard', 'origin/main')
  }
  const push = async (): Promise<string> => {
    await reviewer.git('push', '--quiet', 'origin', 'main')
    return reviewer.git('rev-parse', 'HEAD')
  }
  return {
    remote,
    work,
    merge: async (branch, message = `Merge ${branch}`) => {
      await update()
      await reviewer.git('merge', '--quiet', '--no-ff', '-m', message, `origin/${branch}`)
      return push()
    },
    edit: async (change) => {
      await update()
      const before = JSON.parse(await reviewer.git('show', 'HEAD:manifest.json')) as TestDataset[]
      const after = change(before) ?? before
      const text = `${JSON.stringify(after, null, 2)}\n`
      await reviewer.commit('Edit the manifest', { 'manifest.json': text })
      return push()
    },
    manifest: async () =>
      JSON.parse(await remote.git('show', 'main:manifest.json')) as TestDataset[],
  }
}
