import { DmError, isDmError } from '../../lib/errors/dm-error.ts'
import { defineStep, type StepContext } from '../../lib/graph/step.ts'
import type { Given } from '../../lib/graph/facts.ts'
import { sweep as removeWhatIsDue, type Swept } from '../../lib/publication/sweep.ts'

const needs = ['project', 'repository', 'stores'] as const

export const sweep = defineStep({
  id: 'sweep',
  title: 'Remove what was given up long ago',
  needs,
  provides: ['swept'],
  required: true,
  mutates: true,
  plan: async (given, context) => ({ swept: await run(given, context, true) }),
  run: async (given, context) => ({ swept: await run(given, context, false) }),
  changed: ({ swept: { removed } }) =>
    removed.length === 0 ? null : `${removed.length} objects that were given up are removed.`,
})

/** Everything is published: what cannot be removed now is told, and left to the next run. */
async function run(
  { project: { config }, repository, stores }: Given<(typeof needs)[number]>,
  { signal, notice }: StepContext,
  isDryRun: boolean,
): Promise<Swept> {
  const { staging, open } = stores
  try {
    return await removeWhatIsDue({ repository, config, staging, open, signal, notice }, isDryRun)
  } catch (error) {
    if (signal.aborted || !isDmError(error)) throw error
    notice(new DmError('DM_SWEEP_UNKNOWN', { reason: error.message }))
    return { removed: [], kept: [] }
  }
}
