import { datasetBuckets } from '../../lib/config/buckets.ts'
import { toProblem } from '../../lib/errors/dm-error.ts'
import { defineStep } from '../../lib/graph/step.ts'
import { auditObjects as audit } from '../../lib/publication/audit.ts'
import { holdAgainstBuckets } from '../../lib/publication/hold-against-buckets.ts'

export const auditObjects = defineStep({
  id: 'audit-objects',
  title: 'Look at the object of each version',
  needs: ['project', 'stores', 'base', 'retired', 'inventory', 'fullWanted', 'since'],
  provides: ['audited'],
  async run(
    { project: { config }, stores: { open }, base, retired, inventory, fullWanted, since },
    { signal, report },
  ) {
    const buckets = datasetBuckets(config)
    const { manifest } = base
    const held = holdAgainstBuckets(manifest, inventory, buckets)
    const audited = await audit(manifest, inventory, {
      open,
      formerly: config.formerly,
      retired,
      since: since ?? null,
      isFull: fullWanted,
      signal,
      onProgress: (done, total) => report({ done, total }),
    })
    const whole = { dataset: '', version: null }
    const problems = [
      ...(retired.problem === null ? [] : [toProblem(retired.problem, whole)]),
      ...held.map(({ error, ...version }) => toProblem(error, version)),
      ...audited.problems,
    ]
    return { audited: { ...audited, problems } }
  },
})
