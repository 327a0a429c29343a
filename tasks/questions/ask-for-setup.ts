import type { Facts } from '../../lib/graph/facts.ts'
import type { Place, Question, Questions } from '../../lib/graph/operation.ts'
import { inspectSite, type Site } from '../../lib/setup/site.ts'
import {
  loadDetailCheck,
  type StorageKind,
  storageKinds,
  suggestNames,
  suggestPath,
} from '../../lib/setup/storage-choice.ts'

/** A question, and the fact that its answer makes. */
type Asked = Question & { readonly fact: keyof Facts & string }

/** Asks for what the command line and the folder leave open. */
export async function askForSetup(
  { folder, env }: Place,
  input: Partial<Facts>,
): Promise<Questions> {
  const site = await inspectSite(folder, env)
  const check = await loadDetailCheck()
  const isOpen = site.config === null && input.storageKind === undefined
  const first = [...(isOpen ? [storageQuestion] : []), ...(site.git === null ? [gitQuestion] : [])]
  const kindIn = (answers: readonly string[]): StorageKind | undefined =>
    isOpen ? (answers[0] as StorageKind) : input.storageKind
  const second = (answers: readonly string[]): Asked[] =>
    [
      ...detailQuestions(site, kindIn(answers), check),
      ...workflowQuestion(site, kindIn(answers)),
    ].filter(({ fact }) => input[fact] === undefined || input[fact] === false)
  return {
    list: first,
    more: second,
    accept: (answers) => {
      const questions = [...first, ...second(answers)]
      return Object.fromEntries(
        questions.map(({ fact }, index) => [fact, toFact(fact, answers[index] ?? '')]),
      )
    },
  }
}

function toFact(fact: keyof Facts & string, answer: string): unknown {
  if (fact === 'gitWanted' || fact === 'github') return /^y/i.test(answer)
  return answer === '' ? undefined : answer
}

const storageQuestion: Asked = {
  fact: 'storageKind',
  text: 'Storage: embedded (in this clone alone), folder, r2 or s3',
  optional: false,
  byDefault: 'embedded',
  choices: storageKinds,
  problem: (answer) =>
    (storageKinds as readonly string[]).includes(answer) ? null : 'Type one of the four.',
}

const gitQuestion: Asked = {
  ...yesOrNo('There is no git repository here. Make one?', 'yes'),
  fact: 'gitWanted',
}

function workflowQuestion({ config, git }: Site, kind: StorageKind | undefined): Asked[] {
  const isRemote =
    config === null ? kind === 'r2' || kind === 's3' : config.content.storage?.type === 's3'
  if (!isRemote || (git !== null && git.prefix !== '')) return []
  const isThere = git?.remoteUrl?.includes('github.com') ?? false
  const question = yesOrNo('Write workflows for GitHub Actions?', isThere ? 'yes' : 'no')
  return [{ ...question, fact: 'github' }]
}

function yesOrNo(text: string, byDefault: string): Question {
  return {
    text,
    optional: false,
    byDefault,
    choices: ['yes', 'no'],
    problem: (answer) => (/^(?:y|yes|n|no)$/i.test(answer) ? null : 'Type yes or no.'),
  }
}

function detailQuestions(
  { folder, config }: Site,
  kind: StorageKind | undefined,
  check: Awaited<ReturnType<typeof loadDetailCheck>>,
): Asked[] {
  // What is there is kept: nobody should answer for nothing.
  if (config !== null || kind === undefined || kind === 'embedded') return []
  const ask = (fact: keyof typeof details, text: string, byDefault?: string): Asked => ({
    fact,
    text,
    optional: false,
    ...(byDefault === undefined ? {} : { byDefault }),
    problem: (answer) => check(details[fact], answer),
  })
  if (kind === 'folder') {
    return [ask('storePath', 'The folder, from the data repository', suggestPath(folder))]
  }
  const names = suggestNames(folder)
  return [
    ...(kind === 'r2'
      ? [ask('accountId', 'The id of your account at Cloudflare')]
      : [
          { ...ask('endpoint', 'Address of the S3 service; none for AWS'), optional: true },
          ask('region', 'Its region', 'auto'),
        ]),
    ask('stagingName', 'The bucket for what waits for its review', names.staging),
    ask('productionName', 'The bucket for what is published', names.production),
    ask('internalName', 'The bucket for what is published in your team', names.internal),
  ]
}

/** What the facts are in a choice of storage. */
const details = {
  storePath: 'path',
  accountId: 'accountId',
  endpoint: 'endpoint',
  region: 'region',
  stagingName: 'staging',
  productionName: 'production',
  internalName: 'internal',
} as const
