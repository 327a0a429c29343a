import { defineStep } from '../../lib/graph/step.ts'
import { planStaging, stageFile as stage } from '../../lib/proposal/stage-file.ts'

export const stageFile = defineStep({
  id: 'stage-file',
  title: 'Upload to staging',
  needs: [
    ...(['project', 'repository', 'repositoryName', 'stores'] as const),
    ...(['file', 'fileIdentity', 'sha256', 'bytes', 'push'] as const),
  ],
  provides: ['staged'],
  required: true,
  mutates: true,
  async plan({ project, stores, sha256, bytes }, { signal }) {
    const staging = stores.open(project.config.staging)
    return { staged: await planStaging(staging, sha256, bytes, signal) }
  },
  async run({ project, repository, repositoryName, stores, ...given }, context) {
    const { file, fileIdentity: identity, sha256, push } = given
    const staging = stores.open(project.config.staging)
    const stamp = { sha256, repository: repositoryName }
    const staged = await stage(staging, { file, identity, stamp }, context)
    if (stores.isEmbedded && repository.remote !== null && push) {
      context.notice(
        "The bytes are in this clone's own store, where nobody else finds them: publish from here, or set 'storage' in the config to a store that all can reach.",
      )
    }
    return { staged }
  },
  changed: ({ staged }) => `The bytes are in staging as ${staged.key}.`,
})
