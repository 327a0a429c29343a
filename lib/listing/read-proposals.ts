import type { Base } from '../base/base.ts'
import { type Proposed, type Reading, readProposed } from '../base/references.ts'
import { entriesOf } from '../base/scan-manifest.ts'
import type { Repository } from '../git/repository.ts'
import { contentKind } from '../manifest/status.ts'
import { emptyManifest } from '../manifest/types.ts'
import { readProposedVersions } from './proposed-versions.ts'

/**
 * What branches and pull requests propose, as of now; before the first commit of the base, what the
 * branches here do.
 */
export async function readProposals(
  repository: Repository,
  { commit, ...base }: Base,
  context: Reading,
  signal?: AbortSignal,
): Promise<Proposed> {
  if (commit !== null) return readProposed(repository, { ...base, commit }, context, signal)
  const none = { commit: null, manifest: emptyManifest }
  const found = await readProposedVersions(repository, none, context.path, signal)
  const proposals = found.versions.map(({ branch, commit: tip, dataset, entry }) => {
    const datasets = [{ ...dataset, history: [entry] }]
    const kind = contentKind(entry)
    const entries = entriesOf({ datasets, origin: null })
    return {
      names: [`refs/heads/${branch}`],
      commit: tip,
      made: { by: null, at: new Date(entry.timestamp) },
      changes: entries.map((one) => ({ kind, entry: one, isWhole: false })),
    }
  })
  const unreadable = found.unread.map((name) => ({ by: `the branch '${name}'`, isOutside: false }))
  return { find: () => unreadable, unreadable, proposals }
}
