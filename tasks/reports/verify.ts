import { formatTable } from '../../lib/format/text.ts'
import { report } from '../../lib/graph/operation.ts'

const columns = ['exists', 'list', 'read', 'write', 'delete'] as const

/** A table of what the key may do, and what is wrong. */
export const verifyReport = report({
  needs: ['bucketRights', 'role'],
  result: ({ bucketRights = [], role }) => ({ role: role ?? null, buckets: bucketRights }),
  text: ({ role, buckets }, { dryRun }) => {
    if (dryRun)
      return 'Each bucket would be tried with an object of its own, which is removed again.'
    // A folder has no uploads that could stay unfinished.
    const hasUploads = buckets.some((one) => one.abort !== null || one.listUploads !== null)
    const rows = buckets.map((one) => [
      one.bucket,
      ...columns.map((column) => answer(one[column])),
      ...(hasUploads
        ? [
            answer(
              one.abort === null || one.listUploads === null ? null : one.abort && one.listUploads,
            ),
          ]
        : []),
    ])
    const heading = ['BUCKET', 'THERE', 'LIST', 'READ', 'WRITE', 'DELETE']
    const table = formatTable([[...heading, ...(hasUploads ? ['UPLOADS'] : [])], ...rows])
    const unknown = rows.some((row) => row.includes('?')) ? ['?: could not be tried.'] : []
    const problems = withoutRepetition(
      buckets.flatMap(({ bucket, problems: list }) =>
        list.map((problem) => `${bucket}: ${problem}`),
      ),
    )
    const good = problems.length === 0 ? [`All is right for a ${role}.`] : []
    return [table, ...unknown, ...problems, ...good].join('\n')
  },
  alsoOnFailure: true,
})

function answer(right: boolean | null): string {
  return right === null ? '?' : right ? 'yes' : 'no'
}

/** The same remedy is told once, however many buckets want it. */
function withoutRepetition(problems: readonly string[]): string[] {
  const told = new Set<string>()
  return problems.map((problem) => {
    const [first = '', ...rest] = problem.split(/(?<=\.) (?=[A-Z])/)
    const news = rest.filter((sentence) => !told.has(sentence))
    news.forEach((sentence) => told.add(sentence))
    return [first, ...news].join(' ')
  })
}
