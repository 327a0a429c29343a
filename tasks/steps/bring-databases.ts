import { tellableBuckets } from '../../lib/config/buckets.ts'
import type { NamedDatabase } from '../../lib/diff/compare-files.ts'
import type { DiffSide } from '../../lib/diff/find-side.ts'
import { DmError } from '../../lib/errors/dm-error.ts'
import { defineStep } from '../../lib/graph/step.ts'
import { openBringing } from '../../lib/transfer/bring-named.ts'

export const bringDatabases = defineStep({
  id: 'bring-databases',
  title: 'Bring the databases here',
  needs: ['project', 'diffSides'],
  provides: ['diffDatabases'],
  async run({ project, diffSides }, context) {
    const { config, env } = project
    for (const side of diffSides) {
      // Where it is in staging, the last place is the bucket that it is for.
      const bucket = side.kind === 'file' ? undefined : side.wanted.places.at(-1)?.bucket
      if (bucket === undefined || tellableBuckets(config, env)(bucket)) continue
      throw new DmError('DM_USAGE', {
        problem: `'${bucket}' is private, and this is CI: how ${side.label} differs is not said here.`,
        hint: 'Compare it where nobody else reads along, without CI in the environment.',
      })
    }
    const toDatabase = async (side: DiffSide): Promise<NamedDatabase> => {
      if (side.kind === 'file') return { path: side.path, label: side.label }
      const bring = await openBringing(project, side.stores, context)
      return bring(side.wanted)
    }
    const [before, after] = diffSides
    return { diffDatabases: [await toDatabase(before), await toDatabase(after)] }
  },
})
