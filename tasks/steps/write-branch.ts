import { defineStep } from '../../lib/graph/step.ts'
import { addPendingEntry } from '../../lib/manifest/add-pending-entry.ts'
import type { Manifest } from '../../lib/manifest/types.ts'
import { moveProposalBranch, writeProposal } from '../../lib/proposal/write-proposal.ts'

export const writeBranch = defineStep({
  id: 'write-branch',
  title: 'Commit the proposal',
  needs: ['project', 'repository', 'target', 'entry', 'proposal', 'message', 'push'],
  provides: ['commit'],
  required: true,
  mutates: true,
  skip: ({ proposal: { state, branch, parent } }) =>
    state === 'present'
      ? { reason: `'${branch}' proposes it already`, facts: { commit: parent } }
      : undefined,
  plan: () => ({ commit: null }),
  async run({ project, repository, target, entry, proposal, message, push }, { signal }) {
    const { dataset, bucket, version } = target
    const text = {
      manifestPath: project.config.manifest,
      edit: (manifest: Manifest) =>
        addPendingEntry(manifest, { dataset, bucket, entry, replace: true }),
      message: message ?? `Add ${dataset} ${version}`,
      date: project.clock(),
    }
    const commit = await writeProposal(repository, proposal, text, signal)
    const stays = repository.remote === null || !push
    if (stays) await moveProposalBranch(repository, proposal, commit, signal)
    return { commit }
  },
  changed: ({ commit }) => `The proposal is commit ${commit}.`,
})
