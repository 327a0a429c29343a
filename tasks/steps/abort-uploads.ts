import type { Given } from '../../lib/graph/facts.ts'
import { defineStep, type StepContext } from '../../lib/graph/step.ts'
import { abortUploads as abort, type Aborted } from '../../lib/publication/abort-uploads.ts'

const needs = ['project', 'stores', 'base', 'olderThan'] as const

export const abortUploads = defineStep({
  id: 'abort-uploads',
  title: 'Give up unfinished uploads',
  needs,
  provides: ['aborted'],
  mutates: true,
  plan: async (given, context) => ({ aborted: await run(given, context, true) }),
  run: async (given, context) => ({ aborted: await run(given, context, false) }),
  changed: ({ aborted }) =>
    aborted.length === 0 ? null : `${aborted.length} unfinished uploads are given up.`,
})

function run(
  { project: { config }, stores, base, olderThan }: Given<(typeof needs)[number]>,
  { signal, notice }: StepContext,
  isDryRun: boolean,
): Promise<Aborted[]> {
  const { staging, open } = stores
  const olderThanMs = olderThan ?? config.retentionMs
  const { manifest } = base
  return abort({ config, manifest, staging, open, olderThanMs, signal, notice }, isDryRun)
}
