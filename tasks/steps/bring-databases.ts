import { tellableBuckets } from '../../lib/config/buckets.ts'
import type { NamedDatabase } from '../../lib/diff/compare-files.ts'
import type { DiffSide } from '../../lib/diff/find-side.ts'
import { DmError } from '../../lib/errors/dm-error.ts'
import { formatBytes } from '../../lib/format/units.ts'
import { defineStep } from '../../lib/graph/step.ts'
import { bringVersion } from '../../lib/transfer/bring-version.ts'
import { openCache } from '../../lib/transfer/cache.ts'

export const bringDatabases = defineStep({
  id: 'bring-databases',
  title: 'Bring the databases here',
  needs: ['project', 'stores', 'diffSides'],
  provides: ['diffDatabases'],
  async run({ project: { config, env }, stores, diffSides }, { signal, report, notice, dispose }) {
    for (const side of diffSides) {
      // Where it is in staging, the last place is the bucket that it is for.
      const bucket = side.kind === 'file' ? undefined : side.wanted.places.at(-1)?.bucket
      if (bucket === undefined || tellableBuckets(config, env)(bucket)) continue
      throw new DmError('DM_USAGE', {
        problem: `'${bucket}' is private, and this is CI: how ${side.label} differs is not said here.`,
        hint: 'Compare it where nobody else reads along, without CI in the environment.',
      })
    }
    const cache = await openCache(env, config.cache.size)
    const bring = async (side: DiffSide): Promise<NamedDatabase> => {
      const { label } = side
      if (side.kind === 'file') return { path: side.path, label }
      const held = await bringVersion(cache, stores, side.wanted, {
        most: config.diff.maxDownload,
        signal,
        onProgress: (done, total) => report({ done, total }),
        onDownload: (bytes) => notice(`${label} is not here: downloading ${formatBytes(bytes)}.`),
      })
      dispose(held.release)
      return { path: held.path, label }
    }
    const [before, after] = diffSides
    return { diffDatabases: [await bring(before), await bring(after)] }
  },
})
