import { fetchBase } from '../../lib/base/base.ts'
import { planDeletion, seenOf } from '../../lib/change/deletion.ts'
import type { Project } from '../../lib/config/open-project.ts'
import { printableLine } from '../../lib/format/text.ts'
import { openRepository } from '../../lib/git/repository.ts'
import type { Facts } from '../../lib/graph/facts.ts'
import type { AskingView, Questions } from '../../lib/graph/operation.ts'
import { readProposals } from '../../lib/listing/read-proposals.ts'
import { deletionLines } from '../../lib/change/going-lines.ts'

/** Shows what would be deleted, and asks for its name to be typed. */
export async function askForName(
  { root, config, env }: Project,
  { datasetName: name = '', confirmOption }: Partial<Facts>,
  { dryRun, signal }: AskingView,
): Promise<Questions> {
  const none = { list: [], accept: () => ({}) }
  if (dryRun || confirmOption !== undefined) return none
  const { manifest: path, staging } = config
  const repository = await openRepository({ cwd: root, env, ...config.git, signal })
  const base = await fetchBase(repository, path, signal, { withPullRequests: true })
  const { find } = await readProposals(repository, base, { path, staging }, signal)
  const deletion = planDeletion({ manifest: base.manifest, name, find })
  if (deletion.versions.length === 0) return none
  const { named } = deletion
  return {
    intro: ['This would be proposed for deletion:', ...deletionLines(deletion)].join('\n'),
    list: [
      {
        text: `Type ${printableLine(named)} to go on`,
        optional: false,
        problem: (answer) =>
          answer === named
            ? null
            : `Type the whole name, ${printableLine(named)}. Ctrl+C leaves, and nothing is changed.`,
      },
    ],
    accept: ([typed]) => ({ confirmOption: typed, seenDeletion: seenOf(deletion) }),
  }
}
