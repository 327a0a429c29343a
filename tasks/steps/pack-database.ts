import { isDmError } from '../../lib/errors/dm-error.ts'
import { makeScratchUntil } from '../../lib/files/scratch.ts'
import { defineStep } from '../../lib/graph/step.ts'
import { packDatabase as pack } from '../../lib/transfer/pack/pack-database.ts'
import { asWhole } from '../../lib/transfer/pack/packed.ts'

export const packDatabase = defineStep({
  id: 'pack-database',
  title: 'Make what is sent small',
  needs: ['project', 'existing', 'database', 'previous', 'compressed'],
  provides: ['packed'],
  required: true,
  skip: ({ project: { config }, existing, database }) => {
    if (existing !== null) return { reason: 'it is no new version', facts: { packed: null } }
    if (config.compression !== null) return undefined
    return { reason: 'compression: false', facts: { packed: asWhole(database) } }
  },
  async run({ project, database, previous, compressed }, { signal, notice, dispose }) {
    const { level = 3 } = project.config.compression ?? {}
    const comparison = previous?.isPublished === true ? (previous.comparison ?? null) : null
    const base = comparison && previous && { ...comparison, path: previous.path }
    try {
      const scratch = await makeScratchUntil(dispose)
      const made = compressed === null ? undefined : compressed.packed
      return { packed: await pack(database, base, made, { level, scratch, signal }) }
    } catch (error) {
      if (!isDmError(error, 'DM_SCRATCH_UNUSABLE')) throw error
      notice(error)
      return { packed: asWhole(database) }
    }
  },
})
