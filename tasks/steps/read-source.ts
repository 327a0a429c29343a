import { readManifestAt } from '../../lib/base/base.ts'
import { DmError, isDmError } from '../../lib/errors/dm-error.ts'
import { fetchBaseCommit, readBaseCommit } from '../../lib/git/base.ts'
import { fetchBranch } from '../../lib/git/remote.ts'
import { findBranch } from '../../lib/git/refs.ts'
import { defineStep } from '../../lib/graph/step.ts'

export const readSource = defineStep({
  id: 'read-source',
  title: 'Read the manifest',
  needs: ['project', 'repository', 'refOption'],
  provides: ['source'],
  async run({ project, repository, refOption }, { signal, notice }) {
    const { remote, base } = repository
    if (refOption === undefined) {
      await fetchBaseCommit(repository, signal).catch((error: unknown) => {
        if (!isDmError(error, 'DM_GIT_REMOTE_UNREACHABLE')) throw error
        // What git says first is the reason; advice comes last.
        const [why = ''] = error.context.detail.trim().split('\n')
        notice(
          `'${remote}' cannot be reached (${why}): going on with '${base}' as it was last fetched.`,
        )
      })
    }
    const commit =
      refOption === undefined
        ? await readBaseCommit(repository, signal)
        : // The remote's counts; what was prepared with --no-push is only here.
          ((await fetchBranch(repository, refOption, signal)) ??
          (await findBranch(repository, refOption, signal)))
    if (refOption !== undefined && commit === null) {
      throw new DmError('DM_REFERENCE_UNKNOWN', { branch: refOption, remote })
    }
    const manifest = await readManifestAt(repository, commit, project.config.manifest, signal)
    return { source: { commit, manifest } }
  },
})
