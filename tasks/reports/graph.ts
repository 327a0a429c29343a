import { report } from '../../lib/graph/operation.ts'

/** The graph as it was drawn: text as it is, JSON as a document of its own. */
export const graphReport = report({
  needs: ['drawing'],
  result: ({ drawing }) => ({ graph: drawing }),
  text: ({ graph }) => (typeof graph === 'string' ? graph : JSON.stringify(graph, null, 2)),
  isVerbatim: true,
})
