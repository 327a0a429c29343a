import { publicBuckets } from '../../lib/config/buckets.ts'
import { compareFiles } from '../../lib/diff/compare-files.ts'
import { diffMarkdown } from '../../lib/diff/present/markdown.ts'
import { diffTitle, placeDiff, storedText } from '../../lib/diff/version-diff.ts'
import { verifyUnchanged } from '../../lib/files/file-identity.ts'
import { isDmError } from '../../lib/errors/dm-error.ts'
import { pathFromRoot } from '../../lib/git/verify-names.ts'
import { verifyPathUnblocked } from '../../lib/git/write-tree.ts'
import { defineStep } from '../../lib/graph/step.ts'

const none = { versionDiff: null, storedDiff: null, privateDiff: null, diffMarkdown: '' }

export const diffVersions = defineStep({
  id: 'diff-versions',
  title: 'Compare it with the version before',
  needs: [
    ...(['project', 'repository', 'target', 'previous', 'proposal'] as const),
    ...(['database?', 'proposedDatabase?', 'rowDiff?'] as const),
  ],
  provides: ['versionDiff', 'storedDiff', 'privateDiff', 'diffMarkdown'],
  skip: ({ previous, database, proposedDatabase, rowDiff }) =>
    previous === null || rowDiff === null || (database ?? proposedDatabase ?? null) === null
      ? { reason: 'there is nothing to compare with', facts: none }
      : undefined,
  async run(facts, { signal, report, notice, dispose }) {
    const { project, repository, target, database, previous, proposal } = facts
    const given = database ?? facts.proposedDatabase
    if (previous === null || !given) return none
    const { config, env } = project
    const { dataset, version, bucket } = target
    const span = { dataset, from: previous.version, to: version }
    const title = diffTitle(span)
    try {
      const file = { path: given.path, label: `${dataset} ${version}` }
      const wishes = { env, signal, report, sql: true }
      const diff = facts.rowDiff ?? (await compareFiles(previous, file, wishes, dispose)).diff
      if (database) await verifyUnchanged(database.path, database.identity)
      if (!publicBuckets(config)(bucket)) {
        const text = await storedText(diff, { title, lines: config.diff.lines })
        return { ...none, versionDiff: diff, privateDiff: text }
      }
      const { diffs, manifest: manifestPath } = config
      const place = placeDiff({ ...span, diffs, manifestPath })
      if (place === null) {
        notice(`The diff is not stored: '${diffs}' has no place for it beside '${manifestPath}'.`)
        return { ...none, versionDiff: diff, diffMarkdown: diffMarkdown(diff, { title }) }
      }
      if (proposal.parent !== null) {
        const path = pathFromRoot(repository.prefix, place.path)
        await verifyPathUnblocked(repository, proposal.parent, path, signal)
      }
      const text = await storedText(diff, { title, lines: config.diff.lines })
      return {
        ...none,
        versionDiff: diff,
        storedDiff: { ...place, text },
        diffMarkdown: diffMarkdown(diff, { title }),
      }
    } catch (error) {
      signal.throwIfAborted()
      if (isDmError(error, 'DM_FILE_CHANGED')) throw error
      notice(`There is no diff: ${error instanceof Error ? error.message : String(error)}`)
      return none
    }
  },
})
