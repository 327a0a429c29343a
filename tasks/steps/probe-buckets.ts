import { publicBuckets } from '../../lib/config/buckets.ts'
import type { ResolvedConfig } from '../../lib/config/types.ts'
import { isDmError } from '../../lib/errors/dm-error.ts'
import { defineStep } from '../../lib/graph/step.ts'
import { noRights, type Probed, probeStore } from '../../lib/store/probe.ts'
import { judgeRights, type RoleBucket } from '../../lib/store/roles.ts'
import type { Stores } from '../../lib/store/open-stores.ts'
import { isR2 } from '../../lib/store/s3/connection.ts'

export const probeBuckets = defineStep({
  id: 'probe-buckets',
  title: 'Try each bucket',
  needs: ['project', 'stores', 'role'],
  provides: ['bucketRights'],
  mutates: true,
  // Nothing can be said of rights that nobody tries.
  plan: () => ({ bucketRights: [] }),
  async run({ project: { config }, stores, role }, { signal }) {
    const bucketRights = await Promise.all(
      Object.keys(config.buckets).map(async (bucket) => {
        const { rights, failures, left } = await probe(stores, bucket, signal)
        const about = describe(config, bucket)
        const problems = [
          ...failures.map(({ message, hint }) => `${message} ${hint}`),
          ...judgeRights(rights, role, about),
          ...left.map((key) => `'${key}' was left there, and could not be removed: remove it.`),
        ]
        return Object.assign({ bucket, name: about.name, problems }, rights)
      }),
    )
    return { bucketRights }
  },
})

async function probe({ open }: Stores, bucket: string, signal: AbortSignal): Promise<Probed> {
  try {
    return await probeStore(open(bucket), signal)
  } catch (error) {
    signal.throwIfAborted()
    if (!isDmError(error)) throw error
    return { rights: noRights, failures: [error], left: [] }
  }
}

function describe(config: ResolvedConfig, bucket: string): RoleBucket {
  const { storage, staging, buckets } = config
  return {
    name: buckets[bucket]?.name ?? bucket,
    isStaging: bucket === staging,
    isPublic: publicBuckets(config)(bucket),
    provider: storage?.type === 's3' ? (isR2(storage.endpoint) ? 'r2' : 's3') : 'folder',
  }
}
