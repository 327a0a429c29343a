import type { Project } from '../../lib/config/open-project.ts'
import { defineStep } from '../../lib/graph/step.ts'
import { download, planDownload } from '../../lib/pull/download.ts'
import { type Cache, openCache } from '../../lib/transfer/cache.ts'

export const downloadVersion = defineStep({
  id: 'download-version',
  title: 'Download and verify',
  needs: ['project', 'stores', 'wanted', 'destination'],
  provides: ['pulled'],
  required: true,
  mutates: true,
  async plan({ project, stores, wanted, destination }, { signal }) {
    const { openForReading: open } = stores
    return { pulled: await planDownload(open, wanted, destination, cacheOf(project), signal) }
  },
  async run({ project, stores, wanted, destination }, { signal, report, notice }) {
    const { openForReading: open } = stores
    const pulled = await download(open, wanted, destination, cacheOf(project), {
      signal,
      onProgress: (done, total) => report({ done, total }),
      onNotice: notice,
    })
    return { pulled }
  },
})

function cacheOf({ env, config }: Project): () => Promise<Cache> {
  return () => openCache(env, config.cache.size)
}
