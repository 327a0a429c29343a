import { graph } from '../lib/graph/graph.ts'
import { operation } from '../lib/graph/operation.ts'
import { proposalOptions, propose } from './propose.ts'
import { askForName } from './questions/ask-for-name.ts'
import { deleteReport } from './reports/delete.ts'
import { confirmDeletion } from './steps/confirm-deletion.ts'
import { fetchBase } from './steps/fetch-base.ts'
import { identifyAuthor } from './steps/identify-author.ts'
import { readManifest } from './steps/read-manifest.ts'
import { openRepository } from './steps/open-repository.ts'
import { planDeletion } from './steps/plan-deletion.ts'
import { readProposals } from './steps/read-proposals.ts'

/** Proposes to delete a dataset, or one of its versions. */
export default operation({
  name: 'delete',
  group: 'Lifecycle',
  summary: 'Propose to delete a dataset or a version',
  arguments: [
    {
      name: 'name',
      fact: 'datasetName',
      kind: 'item',
      takes: 'kept',
      question: 'Which dataset?',
      otherwise: 'the dataset, with all of its versions',
      description: 'the dataset, or a version: NAME@vN',
    },
  ],
  options: [
    {
      flags: '--confirm <name>',
      fact: 'confirmOption',
      description: 'exactly what goes, instead of typing it',
      question: null,
    },
    ...proposalOptions,
  ],
  examples: [
    'dm delete model.sqlite@v2 -m "Wrong costs"',
    'dm delete model.sqlite --confirm model.sqlite',
  ],
  questions: askForName,
  graph: graph('delete', [
    openRepository,
    identifyAuthor,
    fetchBase,
    readManifest,
    readProposals,
    planDeletion,
    confirmDeletion,
    propose(),
  ]),
  report: deleteReport,
})
