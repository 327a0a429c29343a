import type { Given } from '../../lib/graph/facts.ts'
import { defineStep, type StepContext } from '../../lib/graph/step.ts'
import { removeOrphans as remove } from '../../lib/publication/remove-orphans.ts'
import type { StoredObject } from '../../lib/publication/sweep-candidates.ts'

const needs = ['project', 'repository', 'stores', 'olderThan', 'orphansWanted'] as const

export const removeOrphans = defineStep({
  id: 'remove-orphans',
  title: 'Remove what nothing names',
  needs,
  provides: ['orphans'],
  mutates: true,
  skip: ({ orphansWanted }) =>
    orphansWanted ? undefined : { reason: 'only with --orphans', facts: { orphans: [] } },
  plan: async (given, context) => ({ orphans: await run(given, context, true) }),
  run: async (given, context) => ({ orphans: await run(given, context, false) }),
  changed: ({ orphans }) =>
    orphans.length === 0 ? null : `${orphans.length} objects that nothing names are removed.`,
})

function run(
  { project, repository, stores, olderThan }: Given<(typeof needs)[number]>,
  { signal, notice }: StepContext,
  isDryRun: boolean,
): Promise<StoredObject[]> {
  const config = { ...project.config, retentionMs: olderThan ?? project.config.retentionMs }
  const { staging, open } = stores
  return remove({ repository, config, staging, open, signal, notice }, isDryRun)
}
