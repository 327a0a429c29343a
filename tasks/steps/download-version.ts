import { DmError } from '../../lib/errors/dm-error.ts'
import { defineStep } from '../../lib/graph/step.ts'
import { download } from '../../lib/pull/download.ts'

export const downloadVersion = defineStep({
  id: 'download-version',
  title: 'Download and verify',
  needs: ['stores', 'wanted', 'destination'],
  provides: ['received'],
  required: true,
  mutates: true,
  async plan({ stores, wanted }, { signal }) {
    const store = stores.openForReading(wanted.bucket)
    const info = await store.head(wanted.key, { signal })
    if (info === null) {
      throw new DmError('DM_STORE_NOT_FOUND', { location: store.location, key: wanted.key })
    }
    return { received: { bytes: info.bytes, receivedBytes: 0 } }
  },
  async run({ stores, wanted, destination }, { signal, report }) {
    const onProgress = (done: number, total: number): void => report({ done, total })
    const store = stores.openForReading(wanted.bucket)
    return { received: await download(store, wanted, destination, { signal, onProgress }) }
  },
})
