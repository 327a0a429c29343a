import { isDmError } from '../../lib/errors/dm-error.ts'
import { defineStep } from '../../lib/graph/step.ts'
import { wantedOf } from '../../lib/pull/wanted.ts'
import { openBringing } from '../../lib/transfer/bring-named.ts'

export const bringProposed = defineStep({
  id: 'bring-proposed',
  title: 'Bring the proposed version',
  needs: ['project', 'stores', 'target', 'entry', 'previous'],
  provides: ['proposedDatabase'],
  skip: ({ previous }) =>
    previous === null
      ? { reason: 'there is nothing to compare with', facts: { proposedDatabase: null } }
      : undefined,
  async run({ project, stores, target: { dataset: fileName, bucket }, entry }, context) {
    try {
      const bring = await openBringing(project, stores, context)
      const wanted = wantedOf({ fileName, bucket }, entry, project.config.staging)
      return { proposedDatabase: await bring(wanted) }
    } catch (error) {
      context.signal.throwIfAborted()
      if (!isDmError(error)) throw error
      context.notice(`There is no diff: ${error.message}`)
      return { proposedDatabase: null }
    }
  },
})
