import { graph } from '../lib/graph/graph.ts'
import { operation } from '../lib/graph/operation.ts'
import { proposalOptions, proposeOn } from './propose.ts'
import { withdrawReport } from './reports/withdraw.ts'
import { chooseWithdrawalBranch } from './steps/choose-withdrawal-branch.ts'
import { fetchBase } from './steps/fetch-base.ts'
import { findWithdrawal } from './steps/find-withdrawal.ts'
import { identifyAuthor } from './steps/identify-author.ts'
import { readManifest } from './steps/read-manifest.ts'
import { openRepository } from './steps/open-repository.ts'
import { readProposals } from './steps/read-proposals.ts'

/** Takes back what is pending or marked, on the base or on an own branch. */
export default operation({
  name: 'withdraw',
  group: 'Lifecycle',
  summary: 'Take back a pending version or a deletion',
  arguments: [
    {
      name: 'name',
      fact: 'datasetName',
      kind: 'item',
      takes: 'open',
      question: 'Which dataset?',
      otherwise: 'whatever waits',
      description: 'the dataset, or a version: NAME@vN',
    },
  ],
  options: proposalOptions,
  examples: ['dm withdraw model.sqlite', 'dm withdraw model.sqlite@v3 -m "Wrong file"'],
  graph: graph('withdraw', [
    openRepository,
    identifyAuthor,
    fetchBase,
    readManifest,
    readProposals,
    findWithdrawal,
    proposeOn(chooseWithdrawalBranch),
  ]),
  report: withdrawReport,
})
