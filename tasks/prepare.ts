import { graph } from '../lib/graph/graph.ts'
import { parallel } from '../lib/graph/nodes.ts'
import { operation } from '../lib/operation/operation.ts'
import { askForFields } from './questions/ask-for-fields.ts'
import { prepareReport } from './reports/prepare.ts'
import { checkTarget } from './steps/check-target.ts'
import { confirmStaged } from './steps/confirm-staged.ts'
import { fetchHistory } from './steps/fetch-history.ts'
import { findFile } from './steps/find-file.ts'
import { findPrevious } from './steps/find-previous.ts'
import { hashFile } from './steps/hash-file.ts'
import { identifyAuthor } from './steps/identify-author.ts'
import { inspectDatabase } from './steps/inspect-database.ts'
import { openRepository } from './steps/open-repository.ts'
import { planProposal } from './steps/plan-proposal.ts'
import { pushBranch } from './steps/push-branch.ts'
import { restagePending } from './steps/restage-pending.ts'
import { stageFile } from './steps/stage-file.ts'
import { writeBranch } from './steps/write-branch.ts'

/** Proposes a database as the next version of a dataset. */
export default operation({
  name: 'prepare',
  summary: 'Propose a database as the next version of a dataset',
  arguments: [
    { name: 'name', fact: 'datasetName', description: 'the dataset, such as model.sqlite' },
    { name: 'file', fact: 'fileArgument', description: 'the SQLite database' },
  ],
  options: [
    { flags: '--bucket <bucket>', fact: 'bucketOption', description: 'where a new dataset goes' },
    { flags: '-m, --message <text>', fact: 'message', description: 'what is new in this version' },
    {
      flags: '--field <name=value>',
      fact: 'fieldOptions',
      description: 'a field of the entry that the config declares (repeatable)',
      repeatable: true,
    },
    { flags: '--no-push', fact: 'push', description: 'write the branch here only' },
    { flags: '--no-pr', fact: 'pullRequestWanted', description: 'none is opened yet: no effect' },
  ],
  examples: [
    'dm prepare model.sqlite ./build/model.sqlite',
    'dm prepare model.sqlite ./model.sqlite -m "Add 2050 demand" --field temoaRepoHash=1a2b3c4',
  ],
  questions: askForFields,
  graph: graph('prepare', [
    findFile,
    openRepository,
    identifyAuthor,
    fetchHistory,
    checkTarget,
    parallel(inspectDatabase, [hashFile, findPrevious]),
    restagePending, // then that is all
    planProposal, // nothing is changed anywhere before every check above has passed
    stageFile,
    writeBranch,
    pushBranch,
    confirmStaged,
  ]),
  report: prepareReport,
})
