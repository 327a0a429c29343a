import { defineStep } from '../../lib/graph/step.ts'
import { planStaging, stageFile as stage } from '../../lib/proposal/stage-file.ts'

export const stageFile = defineStep({
  id: 'stage-file',
  title: 'Upload to staging',
  needs: [
    ...(['project', 'repository', 'repositoryName', 'stores'] as const),
    ...(['database', 'push'] as const),
  ],
  provides: ['staged'],
  required: true,
  mutates: true,
  async plan({ project, stores, database }, { signal }) {
    const staging = stores.open(project.config.staging)
    return { staged: await planStaging(staging, database, signal) }
  },
  async run({ project, repository, repositoryName, stores, database, push }, context) {
    const staging = stores.open(project.config.staging)
    const staged = await stage(staging, database, repositoryName, context)
    if (stores.isEmbedded && repository.remote !== null && push) {
      context.notice(
        "The bytes are in this clone's own store, where nobody else finds them: publish from here, or set 'storage' in the config to a store that all can reach.",
      )
    }
    return { staged }
  },
  changed: ({ staged }) => `The bytes are in staging as ${staged.key}.`,
})
