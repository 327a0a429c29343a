import { fetchBase } from '../../lib/base/base.ts'
import { defineStep, type StepContext } from '../../lib/graph/step.ts'
import type { Given } from '../../lib/graph/facts.ts'
import { namesHashElsewhere, namesObject } from '../../lib/manifest/lookup.ts'
import { promote, type PromotionOptions, verifyPromotable } from '../../lib/publication/promote.ts'

const needs = ['project', 'repository', 'stores', 'base', 'publication'] as const

export const promoteObject = defineStep({
  id: 'promote-object',
  title: 'Copy to its bucket and verify the bytes',
  needs,
  provides: ['companions'],
  required: true,
  mutates: true,
  async plan(given, context) {
    await verifyPromotable(given.publication, optionsOf(given, context))
    return { companions: {} }
  },
  async run(given, context) {
    return { companions: await promote(given.publication, optionsOf(given, context)) }
  },
  changed: ({ publication: { dataset, version, bucket, key } }) =>
    `The bytes of ${dataset} ${version} are in '${bucket}' as ${key}.`,
})

function optionsOf(
  { project, repository, stores, base, publication }: Given<(typeof needs)[number]>,
  { signal, report, notice }: StepContext,
): PromotionOptions {
  const { manifest: path, formerly, compression } = project.config
  return {
    staging: stores.staging,
    target: stores.open(publication.bucket),
    formerly,
    compression,
    isElsewhere: (sha256, bucket) => namesHashElsewhere(base.manifest, sha256, bucket),
    isNamed: async () => {
      const { manifest } = await fetchBase(repository, path, signal)
      return namesObject(manifest, publication)
    },
    signal,
    onProgress: (done, total) => report({ done, total }),
    notice,
  }
}
