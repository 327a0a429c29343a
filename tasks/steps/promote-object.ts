import { defineStep } from '../../lib/graph/step.ts'
import { checkPromotion, promote } from '../../lib/publication/promote.ts'

export const promoteObject = defineStep({
  id: 'promote-object',
  title: 'Copy to its bucket and verify the bytes',
  needs: ['project', 'stores', 'repositoryName', 'publication'],
  provides: [],
  required: true,
  mutates: true,
  async plan({ project, stores, repositoryName, publication }, { signal }) {
    const staging = stores.open(project.config.staging)
    const target = stores.open(publication.bucket)
    await checkPromotion(publication, { staging, target, repository: repositoryName, signal })
    return {}
  },
  async run({ project, stores, repositoryName, publication }, { signal, report }) {
    await promote(publication, {
      staging: stores.open(project.config.staging),
      target: stores.open(publication.bucket),
      repository: repositoryName,
      signal,
      onProgress: (done, total) => report({ done, total }),
    })
    return {}
  },
  changed: ({ publication: { dataset, version, bucket, key } }) =>
    `The bytes of ${dataset} ${version} are in '${bucket}' as ${key}.`,
})
