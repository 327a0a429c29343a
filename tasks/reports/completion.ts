import { report } from '../../lib/graph/operation.ts'

/** The script as it is, for a shell to read. */
export const completionReport = report({
  needs: ['script'],
  result: ({ script }) => ({ script }),
  text: ({ script }) => script.trimEnd(),
  isVerbatim: true,
})
