import { tellableBuckets } from '../../lib/config/buckets.ts'
import { findPredecessor } from '../../lib/diff/version-diff.ts'
import { isDmError } from '../../lib/errors/dm-error.ts'
import { getDataset } from '../../lib/manifest/lookup.ts'
import { defineStep } from '../../lib/graph/step.ts'
import { wantedOf } from '../../lib/pull/wanted.ts'
import { openBringing } from '../../lib/transfer/bring-named.ts'

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
  async run({ project, stores, base, target }, context) {
    const { dataset: fileName, bucket } = target
    const entry = findPredecessor(base.manifest, fileName)
    if (entry === undefined) return { previous: null }
    try {
      const bring = await openBringing(project, stores, context)
      const { history } = getDataset(base.manifest, fileName)
      const dataset = { fileName, bucket, history }
      const database = await bring(wantedOf(dataset, entry, project.config.staging))
      return { previous: { ...database, version: entry.version } }
    } catch (error) {
      context.signal.throwIfAborted()
      if (!isDmError(error)) throw error
      context.notice(`There will be no diff: ${error.message}`)
      return { previous: null }
    }
  },
})
