import { defineStep, type StepContext } from '../../lib/graph/step.ts'
import type { Given } from '../../lib/graph/facts.ts'
import { sweep, type Swept } from '../../lib/publication/sweep.ts'

const needs = ['project', 'repository', 'stores', 'olderThan', 'orphansWanted'] as const

/** Unlike after a publication, what cannot be told is a failure: nothing else was asked for. */
export const cleanUp = defineStep({
  id: 'clean-up',
  title: 'Remove what is due',
  needs,
  provides: ['swept', 'unremoved'],
  mutates: true,
  plan: (given, context) => run(given, context, true),
  run: (given, context) => run(given, context, false),
  changed: ({ swept: { removed } }) =>
    removed.length === 0 ? null : `${removed.length} objects are removed.`,
})

async function run(
  {
    project,
    repository,
    stores: { staging, open },
    olderThan,
    orphansWanted: orphans,
  }: Given<(typeof needs)[number]>,
  { signal, notice }: StepContext,
  isDryRun: boolean,
): Promise<{ swept: Swept; unremoved: number }> {
  const config = { ...project.config, retentionMs: olderThan ?? project.config.retentionMs }
  let unremoved = 0
  const swept = await sweep(
    {
      repository,
      config,
      staging,
      open,
      orphans,
      signal,
      notice(told) {
        if (told.code === 'DM_SWEEP_FAILED') unremoved++
        notice(told)
      },
    },
    isDryRun,
  )
  return { swept, unremoved }
}
