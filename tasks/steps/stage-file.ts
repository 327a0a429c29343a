import { defineStep } from '../../lib/graph/step.ts'
import { planStaging, stageFile as stage } from '../../lib/proposal/stage-file.ts'

export const stageFile = defineStep({
  id: 'stage-file',
  title: 'Upload to staging',
  needs: ['repository', 'stores', 'database', 'push'],
  provides: ['staged'],
  required: true,
  mutates: true,
  async plan({ stores, database }, { signal }) {
    return { staged: await planStaging(stores.staging, database, signal) }
  },
  async run({ repository, stores, database, push }, context) {
    const staged = await stage(stores.staging, database, context)
    if (stores.isEmbedded && repository.remote !== null && push) {
      context.notice(
        "The bytes are in this clone's own store, where nobody else finds them: publish from here, or set 'storage' in the config to a store that all can reach.",
      )
    }
    return { staged }
  },
  changed: ({ staged }) => `The bytes are in staging as ${staged.key}.`,
})
