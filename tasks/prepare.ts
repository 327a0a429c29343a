import { graph } from '../lib/graph/graph.ts'
import { parallel } from '../lib/graph/nodes.ts'
import { operation } from '../lib/graph/operation.ts'
import { discloseOption, noDiffOption, proposalOptions, propose } from './propose.ts'
import { askForFields } from './questions/ask-for-fields.ts'
import { prepareReport } from './reports/prepare.ts'
import { bringPrevious } from './steps/bring-previous.ts'
import { cacheDatabase } from './steps/cache-database.ts'
import { checkTarget } from './steps/check-target.ts'
import { confirmStaged } from './steps/confirm-staged.ts'
import { compareRows } from './steps/compare-rows.ts'
import { copyDatabase } from './steps/copy-database.ts'
import { diffVersions } from './steps/diff-versions.ts'
import { fetchBase } from './steps/fetch-base.ts'
import { findExisting } from './steps/find-existing.ts'
import { findPrevious } from './steps/find-previous.ts'
import { findFile } from './steps/find-file.ts'
import { hashFile } from './steps/hash-file.ts'
import { identifyAuthor } from './steps/identify-author.ts'
import { inspectDatabase } from './steps/inspect-database.ts'
import { readManifest } from './steps/read-manifest.ts'
import { readRetired } from './steps/read-retired.ts'
import { openRepository } from './steps/open-repository.ts'
import { packDatabase } from './steps/pack-database.ts'
import { planUpload } from './steps/plan-upload.ts'
import { readProposalsAtHand } from './steps/read-proposals.ts'
import { restagePending } from './steps/restage-pending.ts'
import { showDiff } from './steps/show-diff.ts'
import { stageDiff } from './steps/stage-diff.ts'
import { stageFile } from './steps/stage-file.ts'

/** Proposes a database as the next version of a dataset. */
export default operation({
  name: 'prepare',
  group: 'Everyday',
  summary: 'Propose a database as the next version',
  arguments: [
    {
      name: 'name',
      fact: 'datasetName',
      kind: 'new-dataset',
      question: 'Which dataset?',
      description: 'the dataset, such as model.sqlite',
    },
    {
      name: 'file',
      fact: 'fileArgument',
      kind: 'file',
      question: 'Which file?',
      description: 'the SQLite database',
    },
  ],
  options: [
    {
      flags: '--bucket <bucket>',
      fact: 'bucketOption',
      kind: 'bucket',
      question: 'Which bucket is it for?',
      description: 'of a new dataset (default: as the config says)',
    },
    {
      flags: '--field <name=value>',
      fact: 'fieldOptions',
      question: null, // by the operation's questions
      description: 'a field of the entry that the config declares (repeatable)',
      repeatable: true,
    },
    discloseOption,
    noDiffOption,
    ...proposalOptions,
  ],
  examples: [
    'dm prepare model.sqlite ./build/model.sqlite',
    'dm prepare model.sqlite new.sqlite -m "Add 2050 demand"',
    'dm prepare model.sqlite new.sqlite --field source=1a2b3c',
  ],
  questions: askForFields,
  graph: graph('prepare', [
    findFile,
    openRepository,
    identifyAuthor,
    fetchBase,
    parallel(readManifest, readRetired),
    checkTarget,
    parallel(
      inspectDatabase,
      [
        findPrevious,
        hashFile,
        findExisting,
        bringPrevious,
        parallel(packDatabase, compareRows, copyDatabase),
      ],
      readProposalsAtHand,
    ),
    restagePending, // then that is all
    planUpload,
    propose(
      // Nothing is changed anywhere before every check above has passed.
      parallel(stageFile, [diffVersions, showDiff, stageDiff], cacheDatabase),
    ),
    confirmStaged,
  ]),
  report: prepareReport,
})
