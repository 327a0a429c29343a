import { readdir } from 'node:fs/promises'
import path from 'node:path'
import { createDataRepository, type DataRepository } from '../helpers/data-repository.ts'
import { createTemoaDatabase } from '../helpers/databases.ts'
import { dmJson } from '../helpers/dm-here.ts'
import { createFolderStore } from '../../lib/store/folder/folder-store.ts'
import type { Store } from '../../lib/store/store.ts'
import { verifyInvariants } from '../helpers/invariants.ts'
import { inFolder } from '../helpers/in-folder.ts'

/** A data repository with the embedded store. */
export interface Scene extends DataRepository {
  readonly folder: string
  /** Path of a file in the embedded store. */
  readonly stored: (key: string) => string
  /** Path of the staged bytes of a hash in the embedded store. */
  readonly staged: (sha256: string) => Promise<string>
  /** Proposes a database as a new version and merges that; returns its SHA-256. */
  readonly propose: (dataset: string, rows: number, ...options: string[]) => Promise<string>
}

/** The config of one where what is staged is the database itself. */
export const uncompressed = { 'datamanager.config.json': '{"compression": false}' }

/** Runs a test body on one of its own; in the end, what must always hold does. */
export function onRepository(body: (scene: Scene) => Promise<void>): () => Promise<void> {
  return () =>
    inFolder(async (folder) => {
      const repository = await createDataRepository(folder)
      const { work, merge } = repository
      const propose: Scene['propose'] = async (dataset, rows, ...options) => {
        const file = await createTemoaDatabase(folder, `${dataset}-${rows}.sqlite`, rows)
        const prepare = ['prepare', `${dataset}.sqlite`, file, ...options]
        const { sha256, branch } = await dmJson(work.folder, prepare)
        await merge(String(branch))
        return String(sha256)
      }
      const stored = (key: string): string => path.join(work.folder, '.git/datamanager/store', key)
      const staged: Scene['staged'] = async (sha256) => {
        const root = stored('staging/staging-uploads')
        const found = (await readdir(root, { recursive: true })).find((one) => one.includes(sha256))
        if (found === undefined) throw new Error(`${sha256} is not staged`)
        return path.join(root, found)
      }
      const open = (bucket: string): Store =>
        createFolderStore({ bucket, root: stored(''), repository: 'any/body' })
      await body({ ...repository, folder, stored, staged, propose })
      await verifyInvariants({ git: repository.remote.git, open }, new Map())
    })
}
