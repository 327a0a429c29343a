import { planStaging, stageFile as stage } from '../../lib/change/stage-file.ts'
import { DmError } from '../../lib/errors/dm-error.ts'
import { defineStep } from '../../lib/graph/step.ts'

export const stageFile = defineStep({
  id: 'stage-file',
  title: 'Upload to staging',
  needs: ['project', 'repository', 'stores', 'database', 'target', 'entry', 'push'],
  provides: ['staged'],
  required: true,
  mutates: true,
  async plan({ stores, database, entry }, { signal }) {
    return { staged: await planStaging(stores.staging, database, entry.staging_key ?? '', signal) }
  },
  async run({ project, repository, stores, database, target, entry, push }, context) {
    const { retentionMs } = project.config
    const place = { key: entry.staging_key ?? '', bucket: target.bucket, retentionMs }
    const staged = await stage(stores.staging, database, place, context)
    const { remote } = repository
    if (stores.isEmbedded && remote !== null && push) {
      context.notice(new DmError('DM_STORE_EMBEDDED', { remote }))
    }
    return { staged }
  },
  changed: ({ staged }) => staged && `The bytes are in staging as ${staged.key}.`,
})
