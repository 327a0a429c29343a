import { planUpload as plan } from '../../lib/change/upload.ts'
import { publicBuckets } from '../../lib/config/buckets.ts'
import { defineStep } from '../../lib/graph/step.ts'

export const planUpload = defineStep({
  id: 'plan-upload',
  title: 'Make the entry',
  needs: [
    ...(['project', 'repositoryName', 'base', 'target', 'database', 'packed'] as const),
    ...(['message', 'disclose'] as const),
  ],
  provides: ['change', 'entry'],
  required: true,
  run({ project, repositoryName: repository, base, packed, ...given }) {
    const { manifest } = base
    const isPublic = publicBuckets(project.config)
    const form = packed ?? { form: 'whole' as const }
    const change = plan({ ...given, form, manifest, repository, date: project.clock(), isPublic })
    return { change, entry: change.entry }
  },
})
