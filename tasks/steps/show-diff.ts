import { diffText } from '../../lib/diff/present/text.ts'
import { defineStep } from '../../lib/graph/step.ts'

export const showDiff = defineStep({
  id: 'show-diff',
  title: 'Show how it differs from the version before',
  needs: ['versionDiff'],
  provides: [],
  lists: true,
  skip: ({ versionDiff }) =>
    versionDiff === null ? { reason: 'nothing was compared', facts: {} } : undefined,
  run({ versionDiff }, { report }) {
    if (versionDiff === null) return {}
    const lines = diffText(versionDiff, { width: 76, most: 6 }).split('\n')
    for (const line of lines) if (line !== '') report(line)
    return {}
  },
})
