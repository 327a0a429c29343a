import { publicBuckets } from '../../lib/config/buckets.ts'
import { findLabelling, refuseAcceptance } from '../../lib/forge/acceptance.ts'
import { connectForge } from '../../lib/forge/connect.ts'
import { defineStep } from '../../lib/graph/step.ts'
import { emptyManifest } from '../../lib/manifest/types.ts'
import { findExceeding, summarize } from '../../lib/review/limits.ts'
import { placeProblems } from '../../lib/review/placed-problem.ts'
import { readPullRequestEvent } from '../../lib/review/pull-request-event.ts'
import { toldVersions } from '../../lib/review/told-versions.ts'

export const checkLimits = defineStep({
  id: 'check-limits',
  title: 'Hold what is different in the data against the limits',
  needs: ['project', 'repository', 'reviewed', 'checked', 'dataDiffs'],
  provides: ['limitProblems', 'acceptedBy'],
  required: true,
  async run({ project, repository, reviewed, checked, dataDiffs }, { signal }) {
    const { config, env, settings, clock } = project
    const { items, base, after, file } = checked
    const find = (refused: string | null): ReturnType<typeof findExceeding> =>
      findExceeding({
        items,
        review: config.review,
        isTold: toldVersions({ base, after: after ?? emptyManifest }, publicBuckets(config)),
        findChange: (dataset, version) => {
          const diff = dataDiffs.get(`${dataset} ${version}`)
          return diff && summarize(diff)
        },
        refused,
      })
    const placed = placeProblems(after, file)
    const problems = find(null)
    const event = problems.length === 0 ? null : await readPullRequestEvent(env)
    const labelling = event && findLabelling(event)
    if (labelling === null) {
      return { limitProblems: problems.map(placed), acceptedBy: null }
    }
    const { client } = await connectForge(repository, '', { env: settings, clock, signal })
    const refused =
      client === null
        ? 'there is no token to see who may set it'
        : await refuseAcceptance(client, labelling, reviewed.head)
    if (refused === null) return { limitProblems: [], acceptedBy: labelling.sender }
    return { limitProblems: find(refused).map(placed), acceptedBy: null }
  },
})
