import { graph } from '../lib/graph/graph.ts'
import { operation } from '../lib/graph/operation.ts'
import { pullReport } from './reports/pull.ts'
import { checkDestination } from './steps/check-destination.ts'
import { chooseVersion } from './steps/choose-version.ts'
import { downloadVersion } from './steps/download-version.ts'
import { openRepository } from './steps/open-repository.ts'
import { readSource } from './steps/read-source.ts'
import { sendToStdout } from './steps/send-to-stdout.ts'

/** Brings a version of a dataset here, verified. */
export default operation({
  name: 'pull',
  group: 'Everyday',
  summary: 'Download a version of a dataset and verify it',
  arguments: [
    {
      name: 'name',
      fact: 'datasetName',
      kind: 'item',
      takes: 'published',
      question: 'Which dataset?',
      otherwise: 'the latest',
      description: 'the dataset: NAME, or NAME@vN for a version',
    },
  ],
  options: [
    {
      flags: '--version <version>',
      fact: 'versionOption',
      kind: 'version',
      question: null, // as part of the name
      description: 'that version: vN',
    },
    {
      flags: '-o, --output <path>',
      fact: 'outputOption',
      question: 'Where to? A file, or a folder ending in /',
      otherwise: 'here, under its name',
      description:
        'a file; a folder: one that is there, or PATH/; -: stdout (default: here, under its name)',
    },
    {
      flags: '--ref <branch>',
      fact: 'refOption',
      kind: 'branch',
      description: 'what a branch proposes, from staging',
    },
  ],
  examples: [
    'dm pull model.sqlite',
    'dm pull model.sqlite@v2 -o /data/old-model.sqlite',
    'dm pull model.sqlite --ref data/model-v3',
    'dm pull model.sqlite -o - | zstd > model.sqlite.zst',
  ],
  graph: graph('pull', [
    openRepository,
    readSource,
    chooseVersion,
    checkDestination,
    downloadVersion,
    sendToStdout,
  ]),
  report: pullReport,
  sendsData: ({ outputOption }) => outputOption === '-',
})
