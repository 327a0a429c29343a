import { publicBuckets } from '../../lib/config/buckets.ts'
import { defineStep } from '../../lib/graph/step.ts'
import { checkNumbers } from '../../lib/review/check-numbers.ts'
import { checkStaged as check } from '../../lib/review/check-staged.ts'
import { placeProblems } from '../../lib/review/placed-problem.ts'

export const checkStaged = defineStep({
  id: 'check-staged',
  title: 'Check that the bytes are in staging, and that no number has others',
  needs: ['project', 'repository', 'reviewed', 'stores', 'checked', 'fullWanted'],
  provides: ['checkedStaged'],
  required: true,
  async run({ project: { config }, repository, stores, ...facts }, { signal, report, notice }) {
    const { checked, reviewed, fullWanted } = facts
    const { items, base, retired, after, file } = checked
    const { formerly, manifest: path } = config
    const { base: commit } = reviewed
    const onProgress = (done: number, total: number): void => report({ done, total })
    const request = {
      items,
      base,
      retired,
      stores,
      formerly,
      isPublic: publicBuckets(config),
      isFull: fullWanted,
      signal,
      onProgress,
    }
    const checkedStaged = await check(request)
    const past = { repository, commit, base, retired, path }
    const numbers = await checkNumbers({ items, ...past, stores, signal })
    for (const note of [...checkedStaged.notices, ...numbers.notices]) notice(note)
    if (checkedStaged.unseen !== null) notice(checkedStaged.unseen)
    const all = [...checkedStaged.problems, ...numbers.problems]
    const problems = all.map(placeProblems(after, file))
    return { checkedStaged: { ...checkedStaged, problems } }
  },
})
