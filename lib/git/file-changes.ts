import { gitLines, readGitText } from './read-git.ts'
import type { Tip } from './merge-bases.ts'
import type { GitPlace } from './run-git.ts'

/** What a tip changes of a file since its line left the base. */
export interface FileChange {
  readonly tip: Tip
  readonly before: Side
  readonly after: Side
}

/** What is in the place of the file. */
export interface Side {
  readonly kind: 'file' | 'absent' | 'other'
  readonly blob: string
}

/**
 * What the tips change of the file, those with the same content before it together.
 *
 * `diff-tree --stdin` answers `<commit> <other>` with the difference between the two, as it would
 * of a commit and its parent, and `<tree> <tree>`; of what does not differ it says nothing.
 */
export async function findChanges(
  place: GitPlace,
  tips: readonly Tip[],
  fullPath: string,
  signal: AbortSignal | undefined,
): Promise<FileChange[]> {
  if (tips.length === 0) return []
  const orphans = Map.groupBy(tips.filter(isOrphan), ({ tree }) => tree)
  const empty = orphans.size === 0 ? '' : await emptyTree(place, signal)
  const questions = [
    ...tips.filter((tip) => !isOrphan(tip)).map((tip) => `${tip.commit} ${tip.mergeBase}\n`),
    ...Array.from(orphans.keys(), (tree) => `${empty} ${tree}\n`),
  ]
  const byCommit = new Map(tips.map((tip) => [tip.commit, [tip]]))
  const changes = new Map<Tip, FileChange>()
  let current: readonly Tip[] = []
  let difference: RegExpExecArray | null = null
  // `-t`: a folder in the place of the file has a line of its own, beside that of the file.
  const args = ['diff-tree', '--stdin', '-r', '-t', '-z', '--no-renames', '--no-abbrev']
  const input = Buffer.from(questions.join(''))
  for await (const tokens of gitLines(place, [...args, '--', fullPath], {
    input,
    end: '\0',
    signal,
  })) {
    for (const token of tokens) {
      if (difference !== null) {
        const [, oldMode = '', newMode = '', before = '', after = ''] = difference
        difference = null
        if (token !== fullPath) continue
        for (const tip of current) {
          const known = changes.get(tip)
          changes.set(tip, {
            tip,
            before: side(oldMode, before, known?.before),
            after: side(newMode, after, known?.after),
          })
        }
        continue
      }
      // The head of two trees is a line, that of a commit ends with NUL.
      const [, tree, rest = token] = /^(?:[0-9a-f]+ ([0-9a-f]+)\n)+(.*)$/s.exec(token) ?? []
      if (tree !== undefined) current = orphans.get(tree) ?? []
      difference = /^:(\d+) (\d+) ([0-9a-f]+) ([0-9a-f]+) \w$/.exec(rest)
      if (difference === null) current = byCommit.get(rest) ?? []
    }
  }
  return [...changes.values()].toSorted((a, b) => a.before.blob.localeCompare(b.before.blob))
}

/** Of the tips that leave the file as it was: those that left the base before it was there. */
export async function findOlder(
  place: GitPlace,
  base: string,
  tips: readonly Tip[],
  changes: readonly FileChange[],
  fullPath: string,
  signal: AbortSignal | undefined,
): Promise<FileChange[]> {
  const changed = new Set(changes.map(({ tip }) => tip))
  const others = Map.groupBy(
    tips.filter((tip) => !changed.has(tip)),
    ({ mergeBase }) => mergeBase,
  )
  const forks = [...others].flatMap(([fork, [first]]) =>
    fork === null || fork === base || first === undefined
      ? []
      : [{ ...first, commit: fork, mergeBase: base }],
  )
  const differences = await findChanges(place, forks, fullPath, signal)
  return differences
    .filter(({ before, after }) => before.kind === 'file' && after.kind !== 'file')
    .flatMap(({ tip: { commit }, after }) =>
      (others.get(commit) ?? []).map((tip) => ({ tip, before: after, after })),
    )
}

const isOrphan = ({ mergeBase }: Tip): boolean => mergeBase === null

function emptyTree(place: GitPlace, signal: AbortSignal | undefined): Promise<string> {
  const args = ['hash-object', '-t', 'tree', '--stdin']
  return readGitText(place, args, { input: Buffer.alloc(0), signal })
}

function side(mode: string, blob: string, known: Side = { kind: 'absent', blob }): Side {
  if (mode === '000000') return known
  return { kind: mode.startsWith('100') ? 'file' : 'other', blob }
}
