import { planWithdrawal } from '../../lib/change/withdrawal.ts'
import { defineStep, done } from '../../lib/graph/step.ts'
import { findWithdrawal as find } from '../../lib/proposal/withdrawal.ts'

export const findWithdrawal = defineStep({
  id: 'find-withdrawal',
  title: 'Find what is to be taken back',
  needs: [
    ...(['project', 'repository', 'identity', 'base', 'proposed'] as const),
    ...(['datasetName', 'push'] as const),
  ],
  provides: ['found', 'change'],
  required: true,
  mayEnd: true,
  async run({ project: { config }, datasetName: name, ...given }, { signal }) {
    const { manifest: path, staging } = config
    const found = await find({ ...given, name, path, staging }, signal)
    if ('nothing' in found) return done('there is nothing to take back', { found })
    return { found, change: planWithdrawal(found.withdrawal) }
  },
})
