import { report } from '../../lib/graph/operation.ts'
import { listed } from './removals.ts'

/** How many objects were looked at, what is wrong, and what is due for removal. */
export const auditReport = report({
  needs: ['audited', 'historyProblems', 'swept'],
  result: ({ audited, historyProblems = [], swept }) => ({
    /** null: it did not come to that. */
    objects: audited?.objects ?? null,
    companions: audited?.companions ?? 0,
    hashed: audited?.hashed ?? 0,
    unstamped: audited?.unstamped ?? 0,
    problems: [...(audited?.problems ?? []), ...historyProblems],
    due: swept?.removed ?? [],
  }),
  text: ({ objects, companions, hashed, unstamped, problems, due }, { outcome }) => {
    const beside = companions === 0 ? '' : `, and ${companions} that lie beside them`
    const looked = `${objects} ${objects === 1 ? 'object' : 'objects'} looked at${beside}`
    const read = hashed > 0 ? ', all bytes hashed' : ''
    return [
      ...listed(problems, ({ dataset, version, message }) =>
        [[dataset, version].filter(Boolean).join(' '), message].filter(Boolean).join(': '),
      ),
      ...(objects === null ? [] : [`${looked}${read}.`]),
      ...(unstamped > 0
        ? [`${unstamped} of them carry no hash of ours: dm audit --full reads their bytes.`]
        : []),
      ...(due.length > 0 ? [`${due.length} in staging or given up are due: dm cleanup.`] : []),
      ...(outcome === 'succeeded'
        ? [unstamped > 0 ? 'Nothing is wrong so far.' : 'Everything is as it should be.']
        : []),
    ].join('\n')
  },
  alsoOnFailure: true,
})
