import { readdir, readFile, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { createFolderStore } from '../../../lib/store/folder/folder-store.ts'
import type { ExpectedObject } from '../../../lib/store/receive-object.ts'
import type { Store } from '../../../lib/store/store.ts'
import { inFolder } from '../../helpers/in-folder.ts'
import { sha256 } from './conformance/store-fixture.ts'

/** An object in a folder store, and a folder to receive it in. */
export interface ReceiveScene {
  readonly store: Store
  readonly expected: ExpectedObject & { readonly bytes: number }
  readonly folder: string
  /** Where it is received. */
  readonly file: string
  /** What is in the folder, by name. */
  readonly contents: () => Promise<Record<string, Buffer>>
}

/**
 * Runs a test body with an object that has this content.
 *
 * @param stored what is in the store instead
 */
export function onObject(
  content: Buffer,
  body: (scene: ReceiveScene) => Promise<void>,
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
      const key = 'model/v1.sqlite'
      await store.put(key, local, { stamp: { sha256: sha256(stored) } })
      await body({
        store,
        expected: { key, sha256: sha256(content), bytes: content.length },
        folder,
        file: path.join(folder, 'received'),
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
