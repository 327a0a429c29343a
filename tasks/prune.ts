import { DmError } from '../lib/errors/dm-error.ts'
import { graph } from '../lib/graph/graph.ts'
import { operation } from '../lib/graph/operation.ts'
import { datasetArgument } from './dataset-argument.ts'
import { proposalOptions, propose } from './propose.ts'
import { pruneReport } from './reports/prune.ts'
import { fetchBase } from './steps/fetch-base.ts'
import { identifyAuthor } from './steps/identify-author.ts'
import { readManifest } from './steps/read-manifest.ts'
import { openRepository } from './steps/open-repository.ts'
import { planPrune } from './steps/plan-prune.ts'
import { readProposals } from './steps/read-proposals.ts'

/** Proposes to delete all but the newest versions of a dataset. */
export default operation({
  name: 'prune',
  aliases: ['prune-versions'],
  group: 'Lifecycle',
  summary: 'Propose to delete all but the newest versions',
  arguments: [{ ...datasetArgument, takes: 'kept' }],
  options: [
    {
      flags: '--keep <number>',
      fact: 'keepOption',
      question: 'How many of the newest versions are to stay?',
      description: 'how many of the newest published versions stay',
      parse: parseKeep,
    },
    ...proposalOptions,
  ],
  examples: ['dm prune model.sqlite --keep 3 --dry-run', 'dm prune model.sqlite --keep 3'],
  graph: graph('prune', [
    openRepository,
    identifyAuthor,
    fetchBase,
    readManifest,
    readProposals,
    planPrune, // where nothing goes, that is all
    propose(),
  ]),
  report: pruneReport,
})

function parseKeep(text: string): number {
  if (/^[1-9]\d{0,8}$/.test(text)) return Number(text)
  throw new DmError('DM_USAGE', {
    problem: `'${text}' is not a number of versions that could stay.`,
    hint: 'Keep 1 or more, such as --keep 3.',
  })
}
