import { graph } from '../lib/graph/graph.ts'
import { parallel } from '../lib/graph/nodes.ts'
import { operation } from '../lib/graph/operation.ts'
import { datasetArgument } from './dataset-argument.ts'
import { discloseOption, noDiffOption, proposalOptions, propose } from './propose.ts'
import { rollbackReport } from './reports/rollback.ts'
import { bringPrevious } from './steps/bring-previous.ts'
import { bringProposed } from './steps/bring-proposed.ts'
import { diffVersions } from './steps/diff-versions.ts'
import { fetchBase } from './steps/fetch-base.ts'
import { identifyAuthor } from './steps/identify-author.ts'
import { readManifest } from './steps/read-manifest.ts'
import { readRetired } from './steps/read-retired.ts'
import { openRepository } from './steps/open-repository.ts'
import { planRollback } from './steps/plan-rollback.ts'
import { readProposals } from './steps/read-proposals.ts'
import { showDiff } from './steps/show-diff.ts'
import { stageDiff } from './steps/stage-diff.ts'

/** Proposes a new version that has the bytes of an older one. */
export default operation({
  name: 'rollback',
  group: 'Lifecycle',
  summary: 'Propose to go back to an older version',
  arguments: [{ ...datasetArgument, takes: 'kept' }],
  options: [
    {
      flags: '--to, --to-version <version>',
      fact: 'toOption',
      kind: 'version',
      takes: 'kept',
      question: 'Back to which version?',
      description: 'the version to go back to, such as v2',
    },
    discloseOption,
    noDiffOption,
    ...proposalOptions,
  ],
  examples: [
    'dm rollback model.sqlite --to v2',
    'dm rollback model.sqlite --to v2 -m "Wrong costs"',
  ],
  graph: graph('rollback', [
    openRepository,
    identifyAuthor,
    fetchBase,
    parallel(readManifest, readRetired),
    planRollback, // nothing is uploaded: the bytes are where they are
    readProposals,
    propose(bringPrevious, bringProposed, diffVersions, showDiff, stageDiff),
  ]),
  report: rollbackReport,
})
