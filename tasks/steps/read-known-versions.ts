import { readBase } from '../../lib/base/base.ts'
import { openDataRepository } from '../../lib/base/open-data-repository.ts'
import { isPath } from '../../lib/diff/find-side.ts'
import { isDmError } from '../../lib/errors/dm-error.ts'
import { defineStep } from '../../lib/graph/step.ts'

export const readKnownVersions = defineStep({
  id: 'read-known-versions',
  title: 'Read which versions there are',
  needs: ['project', 'diffBefore', 'diffAfter'],
  provides: ['knownVersions'],
  skip: ({ diffBefore, diffAfter }) =>
    isPath(diffBefore) && isPath(diffAfter)
      ? { reason: 'both are files', facts: { knownVersions: null } }
      : undefined,
  async run({ project }, { signal }) {
    try {
      const { repository, stores } = await openDataRepository(project, signal)
      const { manifest } = await readBase(repository, project.config.manifest, signal)
      return { knownVersions: { manifest, stores } }
    } catch (error) {
      // Two files can be compared anywhere.
      if (isDmError(error, 'DM_GIT_NO_REPOSITORY')) return { knownVersions: null }
      throw error
    }
  },
})
