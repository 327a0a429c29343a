import { defineStep } from '../../lib/graph/step.ts'
import { download, planDownload } from '../../lib/pull/download.ts'

export const downloadVersion = defineStep({
  id: 'download-version',
  title: 'Download and verify',
  needs: ['stores', 'wanted', 'destination'],
  provides: ['pulled'],
  required: true,
  mutates: true,
  async plan({ stores, wanted, destination }, { signal }) {
    return { pulled: await planDownload(stores.openForReading, wanted, destination, signal) }
  },
  async run({ stores, wanted, destination }, { signal, report }) {
    const onProgress = (done: number, total: number): void => report({ done, total })
    return {
      pulled: await download(stores.openForReading, wanted, destination, { signal, onProgress }),
    }
  },
})
