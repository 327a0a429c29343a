import { defineStep } from '../../lib/graph/step.ts'
import { stageFile } from '../../lib/proposal/stage-file.ts'

/**
 * Until the branch is pushed nothing refers to the staged bytes, so that a publication of the same
 * bytes that runs at the same time may remove them.
 */
export const confirmStaged = defineStep({
  id: 'confirm-staged',
  title: 'See that the bytes are still in staging',
  needs: ['project', 'repositoryName', 'stores', 'file', 'fileIdentity', 'sha256'],
  provides: [],
  required: true,
  mutates: true,
  plan: () => ({}),
  async run({ project, repositoryName: repository, stores, ...given }, context) {
    const { file, fileIdentity: identity, sha256 } = given
    const staging = stores.open(project.config.staging)
    await stageFile(staging, { file, identity, stamp: { sha256, repository } }, context)
    return {}
  },
})
