import { findPredecessor, reasonNotToDiff } from '../../lib/diff/version-diff.ts'
import { isDmError } from '../../lib/errors/dm-error.ts'
import { defineStep } from '../../lib/graph/step.ts'
import { getDataset } from '../../lib/manifest/lookup.ts'
import { isPending } from '../../lib/manifest/status.ts'
import { wantedOf } from '../../lib/pull/wanted.ts'
import { openBringing } from '../../lib/transfer/bring-named.ts'
import { comparePages } from '../../lib/transfer/delta/compare-pages.ts'

export const bringPrevious = defineStep({
  id: 'bring-previous',
  title: 'Bring the version before',
  needs: [
    ...(['project', 'stores', 'base', 'target', 'diffWanted'] as const),
    ...(['predecessor?', 'comparison?', 'existing?', 'database?'] as const),
  ],
  provides: ['previous'],
  skip: ({ project, base: { manifest }, target, diffWanted, comparison, existing }) => {
    const facts = { previous: null }
    if (existing) return { reason: 'it is no new version', facts }
    if (findPredecessor(manifest, target.dataset) === undefined) {
      return { reason: 'there is none', facts }
    }
    if (comparison) return undefined
    const reason = reasonNotToDiff(project, target.bucket, diffWanted)
    return reason === null ? undefined : { reason, facts }
  },
  async run({ project, stores, base, target, predecessor, comparison, database }, context) {
    const { dataset: fileName, bucket } = target
    const entry = predecessor?.entry ?? findPredecessor(base.manifest, fileName)
    if (entry === undefined) return { previous: null }
    const { version } = entry
    const about = { version, isPublished: !isPending(entry) }
    if (comparison && predecessor?.lent) {
      const { path } = predecessor.lent
      return { previous: { ...about, path, label: `${fileName} ${version}`, comparison } }
    }
    try {
      const bring = await openBringing(project, stores, context)
      const { history } = getDataset(base.manifest, fileName)
      const dataset = { fileName, bucket, history }
      const brought = await bring(wantedOf(dataset, entry, project.config.staging))
      const compared = database
        ? await comparePages(brought.path, database.path, context.signal)
        : null
      return { previous: { ...about, ...brought, comparison: compared } }
    } catch (error) {
      context.signal.throwIfAborted()
      if (!isDmError(error)) throw error
      context.notice(`There will be no diff: ${error.message}`)
      return { previous: null }
    }
  },
})
