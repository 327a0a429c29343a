import { defineStep } from '../../lib/graph/step.ts'
import { checkStaged as check } from '../../lib/review/check-staged.ts'
import { placeProblems } from '../../lib/review/placed-problem.ts'

export const checkStaged = defineStep({
  id: 'check-staged',
  title: 'Check that the bytes are in staging',
  needs: ['project', 'stores', 'checked', 'fullWanted'],
  provides: ['checkedStaged'],
  required: true,
  async run({ project: { config }, stores, checked, fullWanted }, { signal, report, notice }) {
    const { items, base, retired, after, file } = checked
    const { formerly } = config
    const onProgress = (done: number, total: number): void => report({ done, total })
    const request = {
      items,
      base,
      retired,
      stores,
      formerly,
      isFull: fullWanted,
      signal,
      onProgress,
    }
    const checkedStaged = await check(request)
    for (const note of checkedStaged.notices) notice(note)
    if (checkedStaged.unseen !== null) notice(checkedStaged.unseen)
    const problems = checkedStaged.problems.map(placeProblems(after, file))
    return { checkedStaged: { ...checkedStaged, problems } }
  },
})
