import { graph } from '../lib/graph/graph.ts'
import { operation } from '../lib/graph/operation.ts'
import { storageKinds } from '../lib/setup/storage-choice.ts'
import { askForSetup } from './questions/ask-for-setup.ts'
import { initReport } from './reports/init.ts'
import { createGitRepository } from './steps/create-git-repository.ts'
import { inspectSite } from './steps/inspect-site.ts'
import { planSetup } from './steps/plan-setup.ts'
import { writeSetup } from './steps/write-setup.ts'

/** Makes a folder a data repository, or completes one. */
export default operation({
  name: 'init',
  group: 'Set-up',
  offered: 'first',
  summary: 'Set up a data repository in this folder',
  // All of them are asked for by `questions`.
  options: [
    {
      flags: '--storage <kind>',
      fact: 'storageKind',
      question: null,
      description: 'where objects are (default: embedded, in this clone alone)',
      choices: [...storageKinds],
    },
    {
      flags: '--account-id <id>',
      fact: 'accountId',
      question: null,
      description: 'r2: the id of your account at Cloudflare',
    },
    {
      flags: '--endpoint <url>',
      fact: 'endpoint',
      question: null,
      description: 's3: the address of the service, unless AWS',
    },
    {
      flags: '--region <region>',
      fact: 'region',
      question: null,
      description: 's3: the region; needed for AWS',
    },
    {
      flags: '--path <dir>',
      fact: 'storePath',
      question: null,
      description: 'folder: where it is, from the data repository',
    },
    {
      flags: '--production <name>',
      fact: 'productionName',
      question: null,
      description: 'name of the bucket of what is published',
    },
    {
      flags: '--staging <name>',
      fact: 'stagingName',
      question: null,
      description: 'name of the bucket of what waits for its review',
    },
    {
      flags: '--internal <name>',
      fact: 'internalName',
      question: null,
      description: 'name of the bucket of what is published in your team',
    },
    {
      flags: '--github',
      fact: 'github',
      question: null,
      description: 'with workflows for GitHub Actions',
      byDefault: false,
    },
  ],
  examples: [
    'dm init',
    'dm init --storage r2 --account-id 0123abcd --github',
    'dm init --yes --dry-run',
  ],
  inProject: false,
  questions: askForSetup,
  graph: graph('init', [
    inspectSite,
    planSetup, // all of it: nothing is written before every file has its place
    createGitRepository,
    writeSetup,
  ]),
  report: initReport,
  quick: true,
})
