import { fits, formatBlocks, formatTable, printableLine, wrap } from '../../lib/format/text.ts'
import { formatAge } from '../../lib/format/units.ts'
import type { Problem } from '../../lib/errors/dm-error.ts'
import { report } from '../../lib/graph/operation.ts'
import type { StatusRow } from '../../lib/listing/read-status.ts'

/** What is pending, as a table or as blocks; what would be refused; how far the clone is behind. */
export const statusReport = report({
  needs: ['repository', 'status', 'distance'],
  result: ({ repository: { base, remote }, status: { rows, refused }, distance }) => ({
    base,
    remote,
    pending: rows,
    refused,
    behind: distance?.behind ?? null,
    ahead: distance?.ahead ?? null,
  }),
  text: ({ base, remote, pending, refused, behind, ahead }, { now, width }) => {
    const listed = pending.slice(0, longest)
    const table = tableOf(listed, base, now)
    const text = formatTable(table)
    const more = pending.length - listed.length
    const say = (sentence: string): string => wrap(printableLine(sentence), width, 0)
    const place = `${remote ?? ''}/${base}`
    return [
      pending.length === 0
        ? 'Nothing is pending.'
        : fits(text, width)
          ? text
          : formatBlocks(table, width),
      ...(more > 0 ? [`… and ${more} more (--json shows them all).`] : []),
      ...explanations(listed, refused).map(say),
      ...refused.map((problem) => say(refusalOf(problem))),
      ...nextStep(pending, refused, base).map(say),
      ...(behind
        ? [say(`Your ${base} is ${commits(behind)} behind ${place}: git pull brings what is new.`)]
        : []),
      ...(ahead ? [say(`Your ${base} has ${commits(ahead)} that ${place} has not.`)] : []),
    ].join('\n')
  },
})

/** More than this many are counted, not listed. */
const longest = 200

function tableOf(rows: readonly StatusRow[], base: string, now: Date): string[][] {
  const cells = rows.map((row) => [
    row.version === null ? row.dataset : `${row.dataset} ${row.version}`,
    row.version === null ? `${row.kind} of all` : row.kind,
    placeOf(row, base),
    row.author ?? '',
    row.since === null ? '' : formatAge(row.since, now),
    stagedOf(row),
  ])
  return [['DATASET', 'WHAT', 'WHERE', 'BY', 'SINCE', 'STAGED'], ...cells]
}

function placeOf({ branch, pullRequest }: StatusRow, base: string): string {
  if (branch === null) return pullRequest === null ? base : `pull request ${pullRequest}`
  return pullRequest === null ? branch : `${branch} (#${pullRequest})`
}

function stagedOf({ kind, staged, due, keptBy, keptUntil }: StatusRow): string {
  if (kind !== 'upload') return ''
  if (staged === null) return 'not known'
  if (!staged) return 'missing'
  if (keptBy !== null && keptUntil === null) return 'yes, kept'
  return `yes, until ${[due ?? '', keptUntil ?? ''].toSorted().at(-1)?.slice(0, 10)}`
}

/** What the cells mean that do not say it themselves. */
function explanations(rows: readonly StatusRow[], refused: readonly Problem[]): string[] {
  const isKept = rows.some((row) => stagedOf(row) === 'yes, kept')
  const isMissing = rows.some(
    ({ staged, dataset, version }) =>
      staged === false &&
      !refused.some((one) => one.dataset === dataset && one.version === version),
  )
  return [
    ...(isKept
      ? ['Kept: as long as the base or a branch names the bytes, cleanup leaves them.']
      : []),
    ...(isMissing ? ['Missing: its author stages the bytes again by the same dm prepare.'] : []),
  ]
}

/** In its words, which mostly name it. */
function refusalOf({ dataset, version, message }: Problem): string {
  const name = `${dataset} ${version ?? ''}`.trim()
  return `publish would refuse ${message.startsWith(name) ? 'this' : name}: ${message}`
}

/** What makes it go on: a publication, where something waits for that, else a review. */
function nextStep(rows: readonly StatusRow[], refused: readonly Problem[], base: string): string[] {
  const waiting = rows.filter(({ branch, pullRequest }) => branch === null && pullRequest === null)
  const isRefused = ({ dataset, version }: StatusRow): boolean =>
    refused.some((one) => one.dataset === dataset && one.version === version)
  if (!waiting.every(isRefused)) return [`Next: dm publish publishes what is on ${base}.`]
  // What is refused comes first, and says how.
  if (rows.length === 0 || waiting.length > 0) return []
  return [`Next: have it reviewed and merged to ${base}, then run dm publish.`]
}

const commits = (count: number): string => `${count} commit${count === 1 ? '' : 's'}`
