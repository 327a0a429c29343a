import { cutCommits, deepen } from './deepen.ts'
import { gitLines } from './read-git.ts'
import type { Repository } from './repository.ts'
import type { GitPlace } from './run-git.ts'

/** A tip that the base does not contain. */
export interface Tip {
  readonly commit: string
  readonly tree: string
  /** Who is said to have made the newest commit of the line that is no merge, and when. */
  readonly made: Made
  /** Where its line left the base; null: it has nothing in common with it. */
  mergeBase: string | null
}

/** What a commit says of its author. */
export interface Made {
  readonly by: string
  readonly at: Date
}

/** How far a shallow clone is deepened, step by step, where a line leaves the base further back. */
const deepening = [50, 500, 'all'] as const

/**
 * Those of the tips that the base does not contain, with the commit where their line left it; three
 * git processes for any number. A shallow clone is deepened as far as that needs.
 *
 * @param place where the tips' commits are
 * @param options.deepens false: it is not, and the tips are left out that would need it
 * @throws DM_GIT_SHALLOW
 */
export async function findMergeBases(
  repository: Repository,
  place: GitPlace,
  { base, tips }: { readonly base: string; readonly tips: readonly string[] },
  { deepens }: { readonly deepens: boolean },
  signal: AbortSignal | undefined,
): Promise<Tip[]> {
  for (const by of [...deepening, null]) {
    const { open, edges } = await walkOpen(place, base, tips, signal)
    const isCut = (await cutCommits(repository)).size > 0
    const known = open.filter(({ commit }) => edges.get(commit)?.size !== 0)
    if (by === null || !isCut || !deepens || known.length === open.length) {
      const found = isCut && !deepens ? known : open
      await chooseMergeBases(place, found, edges, signal)
      return found
    }
    await deepen(repository, by, signal)
  }
  return []
}

type Edges = ReadonlyMap<string, ReadonlySet<string>>

/** Of each commit that the base does not contain: the commits of the base that its lines begin at. */
async function walkOpen(
  place: GitPlace,
  base: string,
  tips: readonly string[],
  signal: AbortSignal | undefined,
): Promise<{ open: Tip[]; edges: Edges }> {
  const edges = new Map<string, ReadonlySet<string>>()
  const wanted = new Set(tips)
  const open: Tip[] = []
  const made = new Map<string, Made>()
  const format = ['--no-commit-header', '--format=%H %T %ct %P%x00%an']
  const args = ['rev-list', '--topo-order', '--reverse', ...format, '--stdin']
  const input = Buffer.from([...tips, `^${base}`].map((word) => `${word}\n`).join(''))
  for await (const lines of gitLines(place, args, { input, signal })) {
    for (const line of lines) {
      const [head = '', by = ''] = line.split('\0')
      const [commit = '', tree = '', seconds, ...parents] = head.trimEnd().split(' ')
      const found = parents.map((parent) => edges.get(parent) ?? new Set([parent]))
      // A line of commits shares one set.
      edges.set(commit, found.length === 1 && found[0] !== undefined ? found[0] : union(found))
      const before = parents.length > 1 ? made.get(parents[0] ?? '') : undefined
      const last = before ?? { by, at: new Date(Number(seconds) * 1000) }
      made.set(commit, last)
      if (wanted.has(commit)) open.push({ commit, tree, made: last, mergeBase: null })
    }
  }
  return { open, edges }
}

function union(sets: readonly ReadonlySet<string>[]): ReadonlySet<string> {
  return new Set(sets.flatMap((set) => [...set]))
}

/** Where a line met the base more than once, the newest counts: no other contains it. */
async function chooseMergeBases(
  place: GitPlace,
  tips: readonly Tip[],
  edges: Edges,
  signal: AbortSignal | undefined,
): Promise<void> {
  const several = union(tips.flatMap(({ commit }) => edges.get(commit) ?? []).filter(isSeveral))
  const order = await newestFirst(place, several, signal)
  for (const tip of tips) {
    const found = edges.get(tip.commit) ?? new Set()
    const [only = null] = found
    tip.mergeBase = found.size < 2 ? only : (order.find((commit) => found.has(commit)) ?? only)
  }
}

const isSeveral = (set: ReadonlySet<string>): boolean => set.size > 1

/** The commits, none before one that contains it. */
async function newestFirst(
  place: GitPlace,
  commits: ReadonlySet<string>,
  signal: AbortSignal | undefined,
): Promise<string[]> {
  const order: string[] = []
  if (commits.size === 0) return order
  const input = Buffer.from([...commits].map((commit) => `${commit}\n`).join(''))
  for await (const lines of gitLines(place, ['rev-list', '--topo-order', '--stdin'], {
    input,
    signal,
  })) {
    order.push(...lines.filter((commit) => commits.has(commit)))
    if (order.length === commits.size) break
  }
  return order
}
