import { readManifestAt } from '../../lib/base/read-manifest-at.ts'
import { DmError, isDmError } from '../../lib/errors/dm-error.ts'
import { fetchBase } from '../../lib/git/fetch-base.ts'
import { fetchBranch } from '../../lib/git/fetch-branch.ts'
import { findBranch } from '../../lib/git/find-branch.ts'
import { readBase } from '../../lib/git/read-base.ts'
import { defineStep } from '../../lib/graph/step.ts'

export const readSource = defineStep({
  id: 'read-source',
  title: 'Read the manifest',
  needs: ['project', 'repository', 'refOption'],
  provides: ['source'],
  async run({ project, repository, refOption }, { signal, notice }) {
    const { remote, base } = repository
    if (refOption === undefined) {
      await fetchBase(repository, signal).catch((error: unknown) => {
        if (!isDmError(error, 'DM_GIT_REMOTE_UNREACHABLE')) throw error
        notice(`'${remote}' cannot be reached: going on with '${base}' as it was last fetched.`)
      })
    }
    const find = remote === null ? findBranch : fetchBranch
    const commit =
      refOption === undefined
        ? await readBase(repository, signal)
        : await find(repository, refOption, signal)
    if (refOption !== undefined && commit === null) {
      throw new DmError('DM_REFERENCE_UNKNOWN', { branch: refOption, remote })
    }
    const manifest = await readManifestAt(repository, commit, project.config.manifest, signal)
    return { source: { commit, manifest } }
  },
})
