import { isDmError } from '../../lib/errors/dm-error.ts'
import { defineStep } from '../../lib/graph/step.ts'
import { findDataset } from '../../lib/manifest/lookup.ts'
import { wantedOf } from '../../lib/pull/wanted.ts'
import { openBringing } from '../../lib/transfer/bring-named.ts'

export const bringProposed = defineStep({
  id: 'bring-proposed',
  title: 'Bring the proposed version',
  needs: ['project', 'stores', 'base', 'target', 'entry', 'previous'],
  provides: ['proposedDatabase'],
  skip: ({ previous }) =>
    previous === null
      ? { reason: 'there is nothing to compare with', facts: { proposedDatabase: null } }
      : undefined,
  async run({ project, stores, base, target, entry }, context) {
    try {
      const bring = await openBringing(project, stores, context)
      const { dataset: fileName, bucket } = target
      const history = findDataset(base.manifest, fileName)?.history ?? []
      const wanted = wantedOf({ fileName, bucket, history }, entry, project.config.staging)
      return { proposedDatabase: await bring(wanted) }
    } catch (error) {
      context.signal.throwIfAborted()
      if (!isDmError(error)) throw error
      context.notice(`There is no diff: ${error.message}`)
      return { proposedDatabase: null }
    }
  },
})
