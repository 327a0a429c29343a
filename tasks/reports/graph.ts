import { wrap } from '../../lib/format/text.ts'
import { report } from '../../lib/graph/operation.ts'

/** The graph as it was drawn: text as it is, JSON as a document of its own. */
export const graphReport = report({
  needs: ['drawing'],
  result: ({ drawing }) => ({ graph: drawing }),
  text: ({ graph }, { width }) =>
    typeof graph === 'string' ? foldTree(graph, width) : JSON.stringify(graph, null, 2),
  isVerbatim: true,
})

/** The lines of a tree that are too long: broken at spaces, beside their branch. */
function foldTree(text: string, width: number): string {
  const lines = text.split('\n').map((line) => {
    const branch = /^[│├└─ ]*/u.exec(line)?.[0] ?? ''
    const beside = branch.replaceAll('├', '│').replaceAll(/[└─]/gu, ' ')
    const label = line.slice(branch.length)
    return branch === ''
      ? line
      : branch + wrap(label, width - branch.length, 0).replaceAll('\n', `\n${beside}`)
  })
  return lines.join('\n')
}
