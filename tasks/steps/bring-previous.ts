import { tellableBuckets } from '../../lib/config/buckets.ts'
import { findPredecessor } from '../../lib/diff/version-diff.ts'
import { isDmError } from '../../lib/errors/dm-error.ts'
import { formatBytes } from '../../lib/format/units.ts'
import { defineStep } from '../../lib/graph/step.ts'
import { chooseWanted } from '../../lib/pull/wanted.ts'
import { bringVersion } from '../../lib/transfer/bring-version.ts'
import { openCache } from '../../lib/transfer/cache.ts'

export const bringPrevious = defineStep({
  id: 'bring-previous',
  title: 'Bring the version before',
  needs: ['project', 'stores', 'base', 'target', 'diffWanted'],
  provides: ['previous'],
  skip: ({ project: { config, env }, base: { manifest }, target, diffWanted }) => {
    const { dataset, bucket } = target
    if (!diffWanted) return { reason: '--no-diff', facts: { previous: null } }
    if (!tellableBuckets(config, env)(bucket)) {
      return { reason: `'${bucket}' is private, and this is CI`, facts: { previous: null } }
    }
    return findPredecessor(manifest, dataset) === undefined
      ? { reason: 'there is none', facts: { previous: null } }
      : undefined
  },
  async run({ project, stores, base, target }, { signal, report, notice, dispose }) {
    const { manifest } = base
    const { config, env } = project
    const { dataset } = target
    const version = findPredecessor(manifest, dataset)?.version
    const label = `${dataset} ${version}`
    const staging = config.staging
    try {
      const wanted = chooseWanted({ manifest, name: dataset, version, staging, proposed: true })
      const held = await bringVersion(await openCache(env, config.cache.size), stores, wanted, {
        most: config.diff.maxDownload,
        signal,
        onProgress: (done, total) => report({ done, total }),
        onDownload: (bytes) =>
          notice(`${label} is downloaded to be compared with: ${formatBytes(bytes)}.`),
      })
      dispose(held.release)
      return { previous: { path: held.path, label, version: wanted.version } }
    } catch (error) {
      signal.throwIfAborted()
      if (!isDmError(error)) throw error
      notice(`There will be no diff: ${error.message}`)
      return { previous: null }
    }
  },
})
