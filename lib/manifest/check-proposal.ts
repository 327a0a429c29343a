import { bucketOf } from './bucket-of.ts'
import type { ChangeProblem } from './change-problem.ts'
import { compareManifests, type ManifestChange } from './compare-manifests.ts'
import { MARKED } from './is-marked.ts'
import { isPending, PENDING } from './is-pending.ts'
import { formatField } from './json/json-path.ts'
import type { Dataset, Manifest, VersionEntry } from './types.ts'

/**
 * What a proposal changes that only a publication may change, or nobody: published entries stay as
 * they are and stay there, but may be marked for deletion; a dataset keeps its bucket. What it
 * adds as pending is for `checkPendingEntry`.
 *
 * @param before the manifest of the base that the proposal is compared with
 */
export function checkProposal(before: Manifest, after: Manifest): ChangeProblem[] {
  return compareManifests(before, after).flatMap((change): ChangeProblem[] => {
    const problem = judge(change)
    if (problem === undefined) return []
    const version = 'entry' in change ? change.entry.version : null
    return [{ ...problem, dataset: change.dataset.fileName, version }]
  })
}

type Judgement = Pick<ChangeProblem, 'code' | 'message'> | undefined

function judge(change: ManifestChange): Judgement {
  switch (change.kind) {
    case 'dataset-changed':
      return judgeDataset(change)
    case 'entry-added':
      return isPending(change.entry) ? undefined : selfPublished
    case 'entry-published':
      return selfPublished
    case 'entry-changed':
      return judgeEntry(change)
    case 'entry-removed':
      return isPending(change.entry) ? undefined : removed
    default:
      // Its entries are judged one by one.
      return undefined
  }
}

const selfPublished: Judgement = {
  code: 'DM_CHANGE_SELF_PUBLISHED',
  message: `only a publication finalizes a version: until then its commit is '${PENDING}'`,
}

const removed: Judgement = {
  code: 'DM_CHANGE_REMOVED',
  message: `a published version is not removed by hand: set its 'status' to '${MARKED}', and the next publication removes it`,
}

function judgeDataset({ before, dataset }: { before: Dataset; dataset: Dataset }): Judgement {
  if (bucketOf(before) === bucketOf(dataset)) return undefined
  const message = `the dataset is in the bucket '${bucketOf(before)}', which never changes`
  return { code: 'DM_CHANGE_BUCKET', message }
}

function judgeEntry(change: {
  before: VersionEntry
  entry: VersionEntry
  fields: readonly string[]
}): Judgement {
  if (isPending(change.before)) return isPending(change.entry) ? undefined : selfPublished
  const edited = change.fields.filter((field) => field !== 'status')
  if (edited.length === 0) return undefined
  const message = `a published version never changes, but this differs: ${edited.map(formatField).join(', ')}`
  return { code: 'DM_CHANGE_PUBLISHED', message }
}
