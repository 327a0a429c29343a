import { sweep, type Swept } from '../../../lib/publication/sweep.ts'
import type { Store } from '../../../lib/store/store.ts'
import { longAgo } from '../../helpers/commit-files.ts'
import { insistOnSignal } from '../../helpers/insist-on-signal.ts'
import { dataset, owner, published, type Scene } from './scene.ts'

/** Since when what is given up long ago has been. */
export const long = longAgo.toISOString()

/** Sweeps, with stores to which the signal must be handed on. */
export function run(
  { repository, config, store, notice }: Scene,
  isDryRun = false,
  open: (bucket: string) => Store = store,
  orphans = false,
): Promise<Swept> {
  const { signal } = new AbortController()
  const insisting = (bucket: string): Store => insistOnSignal(open(bucket), signal)
  const staging = insisting(config.staging)
  const options = { repository, config, staging, open: insisting, orphans, signal, notice }
  return sweep(options, isDryRun)
}

/** Puts objects, and commits that publications gave them up. */
export async function giveUp(
  { put, commit }: Scene,
  objects: Record<string, { since?: string; by?: string | null; bucket?: string }>,
): Promise<Record<string, string>> {
  const given = Object.entries(objects).map(([stem, how]) => {
    const entry = published(stem, 'v1')
    const { since = long, by = owner, bucket = 'production' } = how
    return { stem, entry, by, since, bucket, key: entry.r2_object_key }
  })
  for (const { stem, bucket, key, by } of given) await put(bucket, key, `${stem} v1`, { by })
  await commit(
    'refs/heads/main',
    {
      datasets: given.map(({ stem, entry, bucket }) =>
        dataset(stem, [entry], { bucket, status: 'pending-deletion' }),
      ),
    },
    {
      datasets: [],
      retired: {
        numbers: Object.fromEntries(given.map(({ stem }) => [`${stem}.sqlite`, 1])),
        objects: given.map(({ bucket, key, since }) => ({ bucket, key, since })),
      },
    },
  )
  return Object.fromEntries(given.map(({ stem, key }) => [stem, key]))
}
