import { defineStep } from '../../lib/graph/step.ts'
import { collectFailures } from '../../lib/publication/collect-failures.ts'
import { commitFinalized } from '../../lib/publication/commit-finalized.ts'
import { finalize } from '../../lib/publication/finalize.ts'

export const finalizeManifest = defineStep({
  id: 'finalize-manifest',
  title: 'Finalize the manifest',
  needs: ['project', 'repository', 'base', 'promotions', 'deletions', 'rejections'],
  provides: ['published', 'deleted', 'failed', 'finalCommit', 'pushed'],
  required: true,
  mutates: true,
  plan({ base, promotions, deletions, rejections }) {
    const { promoted, failed } = collectFailures(promotions, rejections)
    const { published, deleted } = finalize(base, promoted, deletions)
    return { published, deleted, failed, finalCommit: null, pushed: false }
  },
  async run({ project, repository, promotions, deletions, rejections }, { signal, notice }) {
    const { promoted, failed } = collectFailures(promotions, rejections)
    const { published, deleted, commit } = await commitFinalized(promoted, deletions, {
      repository,
      paths: project.config,
      buckets: project.config.buckets,
      date: project.clock(),
      signal,
      notice,
    })
    const pushed = commit !== null && repository.remote !== null
    return { published, deleted, failed, finalCommit: commit, pushed }
  },
  changed: ({ finalCommit }) =>
    finalCommit === null ? null : `The manifest is finalized in commit ${finalCommit}.`,
})
