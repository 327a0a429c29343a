import { defineStep } from '../../lib/graph/step.ts'
import { chooseDestination } from '../../lib/pull/destination.ts'

export const checkDestination = defineStep({
  id: 'check-destination',
  title: 'Check the destination',
  needs: ['project', 'wanted', 'outputOption'],
  provides: ['destination'],
  required: true,
  async run({ project, wanted, outputOption }, { dispose }) {
    const { cwd } = project
    return { destination: await chooseDestination(cwd, outputOption, wanted.dataset, dispose) }
  },
})
