import { defineStep } from '../../lib/graph/step.ts'
import { createEntry } from '../../lib/manifest/create-entry.ts'
import { findDataset } from '../../lib/manifest/find-dataset.ts'
import { objectKey } from '../../lib/manifest/object-key.ts'
import { stagingKey } from '../../lib/manifest/staging-key.ts'
import { planProposal as plan } from '../../lib/proposal/plan-proposal.ts'

export const planProposal = defineStep({
  id: 'plan-proposal',
  title: 'Choose the branch',
  needs: [
    ...(['project', 'repository', 'identity', 'base', 'target'] as const),
    ...(['database', 'message', 'push'] as const),
  ],
  provides: ['entry', 'proposal'],
  required: true,
  async run({ project, repository, identity, base, target, ...given }, { signal }) {
    const { database, message, push } = given
    const { sha256, bytes } = database
    const { dataset, version, fields } = target
    const predecessor = findDataset(base.manifest, dataset) ?? null
    const entry = createEntry({
      version,
      timestamp: project.clock(),
      sha256,
      bytes,
      key: objectKey(predecessor, dataset, version, sha256),
      stagingKey: stagingKey(sha256),
      diffFromPrevious: null,
      description: message,
      fields,
    })
    const proposal = await plan(
      {
        repository,
        base,
        manifestPath: project.config.manifest,
        change: { dataset, bucket: target.bucket, entry },
        push: push && repository.remote !== null,
        identity,
      },
      signal,
    )
    return { entry, proposal }
  },
})
