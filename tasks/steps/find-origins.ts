import { findOrigins as find } from '../../lib/base/find-origins.ts'
import { pastStates } from '../../lib/base/history.ts'
import { defineStep } from '../../lib/graph/step.ts'
import { entriesToPublish } from '../../lib/publication/plan.ts'

export const findOrigins = defineStep({
  id: 'find-origins',
  title: 'Find where pending entries came from',
  needs: ['project', 'repository', 'base'],
  provides: ['pending', 'origins'],
  required: true,
  async run({ project, repository, base }, { signal }) {
    const pending = entriesToPublish(base)
    const only = new Set(pending.map(({ dataset }) => dataset.fileName))
    const states = pastStates(repository, base, project.config.manifest, { only, signal })
    return { pending, origins: await find(pending, states) }
  },
})
