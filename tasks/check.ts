import { graph } from '../lib/graph/graph.ts'
import { operation } from '../lib/graph/operation.ts'
import { checkReport } from './reports/check.ts'
import { checkLimits } from './steps/check-limits.ts'
import { checkProposal } from './steps/check-proposal.ts'
import { checkStaged } from './steps/check-staged.ts'
import { compareData } from './steps/compare-data.ts'
import { findReviewed } from './steps/find-reviewed.ts'
import { openRepository } from './steps/open-repository.ts'
import { verifyChecked } from './steps/verify-checked.ts'
import { writeComment } from './steps/write-comment.ts'

/** Holds what a branch or a pull request proposes against the rules; changes nothing there. */
export default operation({
  name: 'check',
  group: 'Care',
  summary: 'Hold what a branch proposes against the rules',
  options: [
    {
      flags: '--base <ref>',
      fact: 'baseOption',
      description: 'what it is proposed for (default: the base, as last fetched)',
    },
    {
      flags: '--head <ref>',
      fact: 'headOption',
      description: 'what is proposed, read as git objects (default: HEAD)',
    },
    {
      flags: '--full',
      fact: 'fullWanted',
      description: 'read all staged bytes and hash them',
      byDefault: false,
    },
    {
      flags: '--comment',
      fact: 'commentWanted',
      question: null,
      description: 'in a workflow: say it in the one comment on the pull request',
      byDefault: false,
    },
  ],
  examples: [
    'dm check',
    'dm check --base main --head data/model-v4 --full',
    'dm check --base "$BASE" --head "$HEAD" --json',
  ],
  graph: graph('check', [
    openRepository,
    findReviewed,
    checkProposal,
    checkStaged,
    compareData,
    checkLimits,
    writeComment,
    verifyChecked,
  ]),
  report: checkReport,
})
