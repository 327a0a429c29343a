import type { Part } from '../lib/graph/nodes.ts'
import type { Option } from '../lib/graph/operation.ts'
import { chooseBranch } from './steps/choose-branch.ts'
import { commitProposal } from './steps/commit-proposal.ts'
import { landProposal } from './steps/land-proposal.ts'
import { listChanges } from './steps/list-changes.ts'
import { openPullRequest } from './steps/open-pull-request.ts'

/** The options of every command that proposes a change. */
export const proposalOptions: readonly Option[] = [
  {
    flags: '-m, --message <text>',
    fact: 'message',
    question: 'What is it about?',
    otherwise: 'no message',
    description: 'what the change is about',
    // A commit, and a version, with an empty line for a name would help nobody.
    parse: (text) => (text.trim() === '' ? undefined : text),
  },
  { flags: '--no-push', fact: 'push', description: 'write the branch in this clone only' },
  {
    flags: '--no-pr',
    fact: 'pullRequestWanted',
    question: null,
    description: 'open no pull request',
  },
]

/** Of a command that gives a version bytes. */
export const discloseOption: Option = {
  flags: '--disclose',
  fact: 'disclose',
  description: 'allow bytes of a private dataset to become public',
  byDefault: false,
}

/** Of a command that says how a version differs from the one before. */
export const noDiffOption: Option = {
  flags: '--no-diff',
  fact: 'diffWanted',
  question: null,
  description: 'do not compare it with the version before',
}

/**
 * The end of every graph that proposes a change: the branch is chosen and what would be different is
 * listed, then comes whatever the change needs to have in place, then its commit, its branch and its
 * pull request.
 */
export function propose(...inPlace: readonly Part[]): Part {
  return proposeOn(chooseBranch, ...inPlace)
}

/** The same, on a branch that another step chooses. */
export function proposeOn(choose: Part, ...inPlace: readonly Part[]): Part {
  return [choose, listChanges, ...inPlace, commitProposal, landProposal, openPullRequest]
}
