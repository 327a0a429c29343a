import { DmError } from '../../lib/errors/dm-error.ts'
import { isShallow } from '../../lib/git/authorship.ts'
import { lastFetch } from '../../lib/git/last-fetch.ts'
import { defineStep } from '../../lib/graph/step.ts'
import { readVersionLog } from '../../lib/listing/version-log.ts'

export const readLog = defineStep({
  id: 'read-log',
  title: 'Find who proposed and who merged each version',
  needs: ['project', 'repository', 'base', 'datasetName'],
  provides: ['log', 'asOf'],
  async run({ project, repository, base, datasetName: name }, { signal, notice }) {
    const path = project.config.manifest
    const [{ log, unread }, asOf] = await Promise.all([
      readVersionLog(repository, base, { name, path }, signal),
      lastFetch(repository),
    ])
    if (unread.length > 0) notice(new DmError('DM_PROPOSAL_UNREAD', { branches: unread, path }))
    const isUnknown = log.versions.some(({ proposedBy }) => proposedBy === null)
    if (isUnknown && (await isShallow(repository))) {
      notice(
        'This clone has only the newest part of the history: who proposed older versions is not known here. git fetch --unshallow brings the rest.',
      )
    }
    return { log, asOf: asOf?.toISOString() ?? null }
  },
})
