import { readdir, readFile, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { chooseDestination, type Destination } from '../../../lib/pull/destination.ts'
import type { Wanted } from '../../../lib/pull/wanted.ts'
import { createFolderStore } from '../../../lib/store/folder-store.ts'
import type { Store } from '../../../lib/store/store.ts'
import { inFolder } from '../../helpers/in-folder.ts'
import { sha256 } from '../store/conformance/store-fixture.ts'

/** A version in a folder store, and a folder to pull it to. */
export interface PullScene {
  readonly store: Store
  readonly wanted: Wanted
  /** The file that is pulled to. */
  readonly file: string
  /** Where a download continues. */
  readonly partial: string
  /** Chosen anew, as every run does. */
  readonly destination: () => Promise<Destination>
  /** What is in the folder that is pulled to, by name. */
  readonly contents: () => Promise<Record<string, Buffer>>
}

const KEY = 'model/v1.sqlite'

/**
 * Runs a test body with a version that has this content.
 *
 * @param stored what is in the store instead
 */
export function onVersion(
  content: Buffer,
  body: (scene: PullScene) => Promise<void>,
  stored = content,
): Promise<void> {
  return inFolder((storeFolder) =>
    inFolder(async (folder) => {
      const store = createFolderStore({
        bucket: 'production',
        root: storeFolder,
        repository: 'owner/data',
      })
      const local = path.join(storeFolder, 'local')
      await writeFile(local, stored)
      await store.put(KEY, local, { stamp: { sha256: sha256(stored) } })
      const hash = sha256(content)
      const name = 'model.sqlite'
      await body({
        store,
        wanted: { dataset: name, version: 'v1', sha256: hash, bucket: 'production', key: KEY },
        file: path.join(folder, name),
        partial: path.join(folder, `.${name}.${hash.slice(0, 8)}.partial`),
        destination: () => chooseDestination(folder, undefined, name),
        contents: async () => {
          const names = await readdir(folder)
          const files = names.map(
            async (found) => [found, await readFile(path.join(folder, found))] as const,
          )
          return Object.fromEntries(await Promise.all(files))
        },
      })
    }),
  )
}
