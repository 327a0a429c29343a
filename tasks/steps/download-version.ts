import { rm } from 'node:fs/promises'
import path from 'node:path'
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
    const store = stores.openForReading(wanted.bucket)
    return { pulled: await planDownload(store, wanted, destination, signal) }
  },
  async run({ stores, wanted, destination }, { signal, report, dispose }) {
    if (destination.passing) {
      dispose(() => rm(path.dirname(destination.path), { recursive: true, force: true }))
    }
    const onProgress = (done: number, total: number): void => report({ done, total })
    const store = stores.openForReading(wanted.bucket)
    return { pulled: await download(store, wanted, destination, { signal, onProgress }) }
  },
})
