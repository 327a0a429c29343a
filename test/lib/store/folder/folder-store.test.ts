import { mkdir, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { suite } from 'uvu'
import { createFolderStore } from '../../../../lib/store/folder/folder-store.ts'
import { temporaryFolder } from '../../../helpers/temporary-folder.ts'
import { registerConformance } from '../conformance.ts'
import type { StoreKind } from '../conformance/store-fixture.ts'

const folderKind: StoreKind = {
  name: 'folder',
  async start() {
    const { folder, remove } = await temporaryFolder()
    const root = path.join(folder, 'store')
    return {
      store: createFolderStore({ bucket: 'staging', root, repository: 'owner/data' }),
      other: createFolderStore({ bucket: 'production', root, repository: 'owner/copier' }),
      missing: null,
      prefix: '',
      async plant(key, content) {
        const file = path.join(root, 'staging', key)
        await mkdir(path.dirname(file), { recursive: true })
        await writeFile(file, content)
      },
      stop: remove,
    }
  },
}

const folder = suite('folder store')
registerConformance(folder, folderKind)
folder.run()
