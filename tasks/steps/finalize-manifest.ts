import { isDmError, type Problem, toProblem } from '../../lib/errors/dm-error.ts'
import { defineStep } from '../../lib/graph/step.ts'
import type { ItemOutcome } from '../../lib/graph/nodes.ts'
import { commitPublication } from '../../lib/publication/commit-publication.ts'
import { finalize } from '../../lib/publication/finalize.ts'
import type { Promoted, Publication } from '../../lib/publication/publication.ts'

export const finalizeManifest = defineStep({
  id: 'finalize-manifest',
  title: 'Finalize the manifest',
  needs: ['project', 'repository', 'stores', 'base', 'inventory', 'plan', 'promotions'],
  provides: ['published', 'deleted', 'failed', 'finalCommit', 'pushed'],
  required: true,
  mutates: true,
  plan({ base, plan, promotions }) {
    const { promoted, failed } = sort(promotions)
    const { published, deleted } = finalize(base.manifest, promoted, plan.deletions)
    const all = [...plan.refused, ...failed]
    return { published, deleted, failed: all, finalCommit: null, pushed: false }
  },
  async run({ project, repository, stores, inventory, plan, promotions }, { signal, notice }) {
    const { promoted, failed } = sort(promotions)
    const { published, deleted, commit } = await commitPublication({
      repository,
      paths: project.config,
      buckets: project.config.buckets,
      plan,
      promoted,
      inventory,
      now: () => stores.staging.now({ signal }),
      date: project.clock(),
      signal,
      notice,
    })
    const pushed = commit !== null && repository.remote !== null
    return { published, deleted, failed: [...plan.refused, ...failed], finalCommit: commit, pushed }
  },
  changed: ({ finalCommit }) =>
    finalCommit === null ? null : `The manifest is finalized in commit ${finalCommit}.`,
})

/** The publications whose bytes are proven, and why the others are not. */
function sort(promotions: readonly ItemOutcome<Publication>[]): {
  promoted: Promoted[]
  failed: Problem[]
} {
  const promoted: Promoted[] = []
  const failed: Problem[] = []
  for (const { item, error, facts } of promotions) {
    if (error === undefined) promoted.push({ ...item, ...facts.companions })
    else if (isDmError(error)) failed.push(toProblem(error, item))
    else throw error
  }
  return { promoted, failed }
}
