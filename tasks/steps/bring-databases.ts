import type { NamedDatabase } from '../../lib/diff/compare-files.ts'
import type { DiffSide } from '../../lib/diff/find-side.ts'
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
