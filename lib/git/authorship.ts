import { cutCommits } from './deepen.ts'
import { readGit } from './read-git.ts'
import type { Repository } from './repository.ts'
import type { GitPlace } from './run-git.ts'

/** Who is behind a commit of the base's own line; names as their owners chose them. */
export interface Authorship {
  /** Full hash. */
  readonly commit: string
  /** The author of what was merged; of no merge commit, its author. Null: git does not know here. */
  readonly proposedBy: string | null
  /** Who merged it; null: nobody else than the author, or git does not know. */
  readonly mergedBy: string | null
  /** When it came there. */
  readonly time: Date
}

/** How a forge signs what it commits for somebody else: that is nobody. */
const forges = new Set(['noreply@github.com'])

/**
 * Who proposed and who merged what these commits brought; two git processes for any number, and
 * some more where a merged line ends in a merge itself. Asks no remote.
 *
 * @param names hashes, whole or shortened; what is no commit here, or several, or the name of a
 *   reference besides, is not in the result
 */
export async function readAuthorship(
  repository: Repository,
  names: readonly string[],
  signal?: AbortSignal,
): Promise<ReadonlyMap<string, Authorship>> {
  const commits = await readCommits(repository, names, signal)
  const merged = Array.from(commits.values(), ({ parents }) => parents).filter(isTwo)
  const tips = merged.map(([, tip]) => tip ?? '')
  const authors = await readLineAuthors(repository, tips, signal)
  return new Map(
    Array.from(
      commits,
      ([name, { commit, parents, author, committer, time }]): [string, Authorship] => {
        if (parents.length > 1) {
          // Several lines at once: nobody knows which of them it was.
          const proposedBy = isTwo(parents) ? (authors.get(parents[1] ?? '') ?? null) : null
          return [name, { commit, proposedBy, mergedBy: author.name, time }]
        }
        const isOther = committer.email !== author.email && !forges.has(committer.email)
        const mergedBy = isOther ? committer.name : null
        return [name, { commit, proposedBy: author.name, mergedBy, time }]
      },
    ),
  )
}

/** How many merges of the base into a line are followed back. */
const rounds = 8

/**
 * Who made the newest commit of each line that is not itself a merge: of a branch that the base was
 * merged into, the author of the branch's own work.
 *
 * @param tips full hashes
 */
export async function readLineAuthors(
  repository: Repository,
  tips: readonly string[],
  signal?: AbortSignal,
): Promise<ReadonlyMap<string, string>> {
  const authors = new Map<string, string>()
  let open: ReadonlyMap<string, readonly string[]> = new Map(tips.map((tip) => [tip, [tip]]))
  for (let round = 0; round < rounds && open.size > 0; round++) {
    const next = new Map<string, readonly string[]>()
    for (const made of (await readCommits(repository, [...open.keys()], signal)).values()) {
      const asked = open.get(made.commit) ?? []
      const [parent] = made.parents
      if (parent === undefined || made.parents.length === 1) {
        for (const tip of asked) authors.set(tip, made.author.name)
      } else next.set(parent, [...(next.get(parent) ?? []), ...asked])
    }
    open = next
  }
  return authors
}

/** Whether the clone lacks a part of the history, and with it who made it. */
export async function isShallow(repository: Repository): Promise<boolean> {
  return (await cutCommits(repository)).size > 0
}

const isTwo = ({ length }: readonly string[]): boolean => length === 2

interface Commit {
  readonly commit: string
  /** All that it has, also where a shallow clone lacks them. */
  readonly parents: readonly string[]
  readonly author: Person
  readonly committer: Person
  readonly time: Date
}

interface Person {
  readonly name: string
  readonly email: string
}

/** By what they were asked for as. */
async function readCommits(
  { cwd, env }: GitPlace,
  names: readonly string[],
  signal: AbortSignal | undefined,
): Promise<ReadonlyMap<string, Commit>> {
  const commits = new Map<string, Commit>()
  const asked = [...new Set(names)].filter((name) => /^[0-9a-f]{4,64}$/.test(name))
  if (asked.length === 0) return commits
  // `rev-list` would show a commit at which a shallow clone is cut as one without parents.
  const output = await readGit({ cwd, env: { ...env, GIT_NO_LAZY_FETCH: '1' } }, args, {
    input: Buffer.from(asked.map((name) => `${name}^{commit}\n`).join('')),
    signal,
  })
  let start = 0
  for (const name of asked) {
    const end = output.indexOf('\n', start)
    const [, commit, size] =
      /^([0-9a-f]+) commit (\d+)$/.exec(output.toString('latin1', start, end)) ?? []
    start = end + 1
    if (commit === undefined) continue
    const text = output.toString('utf8', start, start + Number(size))
    start += Number(size) + 1
    // To git, a tag or branch that is called like a short hash goes before the commit.
    if (commit.startsWith(name)) commits.set(name, parseCommit(commit, text))
  }
  return commits
}

/** It answers each name with a line, and with the object where there is one, in their order. */
const args = ['cat-file', '--batch']

function parseCommit(commit: string, text: string): Commit {
  const head = text.split('\n\n', 1)[0] ?? ''
  const parents = Array.from(head.matchAll(/^parent ([0-9a-f]+)$/gm), ([, hash = '']) => hash)
  const person = (role: string): readonly string[] =>
    new RegExp(`^${role} (.*?) ?<([^>\n]*)> (\\d+)`, 'm').exec(head) ?? []
  const [, author = '', authorEmail = ''] = person('author')
  const [, committer = '', email = '', seconds] = person('committer')
  return {
    commit,
    parents,
    author: { name: author, email: authorEmail },
    committer: { name: committer, email },
    time: new Date(Number(seconds) * 1000),
  }
}
