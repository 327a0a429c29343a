import { graph } from '../lib/graph/graph.ts'
import { parallel } from '../lib/graph/nodes.ts'
import { operation } from '../lib/graph/operation.ts'
import { datasetArgument } from './dataset-argument.ts'
import { noDiffOption, proposalOptions, proposeOn } from './propose.ts'
import { rebaseReport } from './reports/rebase.ts'
import { acceptReverts } from './steps/accept-reverts.ts'
import { bringPrevious } from './steps/bring-previous.ts'
import { bringProposed } from './steps/bring-proposed.ts'
import { diffVersions } from './steps/diff-versions.ts'
import { fetchBase } from './steps/fetch-base.ts'
import { findReverts } from './steps/find-reverts.ts'
import { identifyAuthor } from './steps/identify-author.ts'
import { keepStaged } from './steps/keep-staged.ts'
import { readManifest } from './steps/read-manifest.ts'
import { readRetired } from './steps/read-retired.ts'
import { openRepository } from './steps/open-repository.ts'
import { planRebase } from './steps/plan-rebase.ts'
import { readProposals } from './steps/read-proposals.ts'
import { showDiff } from './steps/show-diff.ts'
import { stageDiff } from './steps/stage-diff.ts'

/** Puts an own proposal onto the base as it is now. */
export default operation({
  name: 'rebase',
  group: 'Lifecycle',
  summary: 'Fit your proposal to what was merged since',
  arguments: [datasetArgument],
  options: [
    {
      flags: '--accept-reverts',
      fact: 'revertsAccepted',
      description: 'what others have published meanwhile may be undone',
      byDefault: false,
    },
    noDiffOption,
    ...proposalOptions,
  ],
  examples: ['dm rebase model.sqlite --dry-run', 'dm rebase model.sqlite --accept-reverts'],
  graph: graph('rebase', [
    openRepository,
    identifyAuthor,
    fetchBase,
    parallel(readManifest, readRetired),
    readProposals,
    proposeOn([planRebase, findReverts], acceptReverts, keepStaged, [
      bringPrevious,
      bringProposed,
      diffVersions,
      showDiff,
      stageDiff,
    ]),
  ]),
  report: rebaseReport,
})
