import { verifyUnchanged } from '../../lib/file-identity.ts'
import { defineStep } from '../../lib/graph/step.ts'
import { stagingKey } from '../../lib/manifest/staging-key.ts'
import { verifyNoJournal } from '../../lib/sqlite/verify-no-journal.ts'

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
    const key = stagingKey(sha256)
    const there = await stores.open(project.config.staging).head(key, { signal })
    return { staged: { key, bytes, sentBytes: there === null ? bytes : 0 } }
  },
  async run({ project, repository, repositoryName, stores, file, ...given }, context) {
    const { fileIdentity, sha256, push } = given
    const { signal, report, notice } = context
    const key = stagingKey(sha256)
    // What is stored must be what was hashed and inspected.
    await verifyNoJournal(file)
    await verifyUnchanged(file, fileIdentity)
    const staged = await stores.open(project.config.staging).put(key, file, {
      stamp: { sha256, repository: repositoryName },
      signal,
      onProgress: (done, total) => report({ done, total }),
      onNotice: notice,
    })
    await verifyUnchanged(file, fileIdentity)
    if (stores.isEmbedded && repository.remote !== null && push) {
      notice(
        "The bytes are in this clone's own store, where nobody else finds them: publish from here, or set 'storage' in the config to a store that all can reach.",
      )
    }
    return { staged: { key, ...staged } }
  },
  changed: ({ staged }) => `The bytes are in staging as ${staged.key}.`,
})
