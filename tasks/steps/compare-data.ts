import { publicBuckets, tellableBuckets } from '../../lib/config/buckets.ts'
import { diffMarkdown as toMarkdown } from '../../lib/diff/present/markdown.ts'
import type { Given } from '../../lib/graph/facts.ts'
import { defineStep } from '../../lib/graph/step.ts'
import type { FileClaim, StagedClaim } from '../../lib/review/check-diff.ts'
import { compareData as compare } from '../../lib/review/compare-data.ts'
import { placeProblems } from '../../lib/review/placed-problem.ts'
import { toldVersions } from '../../lib/review/told-versions.ts'
import { openBringing } from '../../lib/transfer/bring-named.ts'

const none = { dataDiffs: new Map(), falseDiffs: [], diffMarkdown: '' }

/** What is said of the data in files of the proposal, and beside staged bytes. */
function claimsOf({
  checked,
  checkedStaged,
}: Given<'checked' | 'checkedStaged'>): (FileClaim | StagedClaim)[] {
  return [...checked.claims, ...checkedStaged.claims]
}

/**
 * What an author's diff says is a claim: this is computed from the bytes, and held against it. It takes
 * downloads, and so it is done where there is a claim, somebody is told of it, or a limit depends on it.
 */
export const compareData = defineStep({
  id: 'compare-data',
  title: 'Compare the bytes with those of the version before',
  needs: [
    'project',
    'repository',
    'stores',
    'reviewed',
    'checked',
    'checkedStaged',
    'commentWanted',
  ],
  provides: ['dataDiffs', 'falseDiffs', 'unverifiedDiffs', 'diffMarkdown'],
  skip: ({ project: { config }, checked, checkedStaged, commentWanted }) => {
    const claims = claimsOf({ checked, checkedStaged })
    const facts = { ...none, unverifiedDiffs: claims }
    const { all, datasets } = config.review
    const isLimited = [all, ...Object.values(datasets)].some((one) => Object.keys(one).length > 0)
    if (!commentWanted && !isLimited && claims.length === 0) {
      return { reason: 'nothing depends on it', facts }
    }
    if (checked.after === null) return { reason: 'there is no manifest', facts }
    const isUnseen = checkedStaged.unseen !== null || checkedStaged.problems.length > 0
    return isUnseen ? { reason: 'the bytes are not at hand', facts } : undefined
  },
  async run(facts, context) {
    const { signal, report, notice, dispose } = context
    const { project, repository, stores, reviewed, checked } = facts
    const claims = claimsOf(facts)
    const { config, env } = project
    const { items, base, after, file } = checked
    if (after === null) return { ...none, unverifiedDiffs: claims }
    const { staging, diff } = config
    // Downloads are what everybody expects of it.
    const bring = await openBringing(project, stores, { ...context, notice: () => undefined })
    const isTellable = tellableBuckets(config, env)
    const bytes = { base, after, bring, staging, env, isTellable }
    const placed = placeProblems(after, file)
    const claimed = { claims, repository, head: reviewed.head, lines: diff.lines, placed }
    const request = { items, ...bytes, ...claimed, signal, report, notice, dispose }
    const { dataDiffs, ...held } = await compare(request)
    const isTold = toldVersions({ base, after }, publicBuckets(config))
    const texts = items.flatMap(({ dataset: { fileName }, entry }) => {
      if (entry === null) return []
      const title = `${fileName} ${entry.version}`
      const one = dataDiffs.get(title)
      // Of a private dataset nothing but its name is said.
      return one !== undefined && isTold(fileName, entry.version)
        ? [toMarkdown(one, { title })]
        : []
    })
    return { dataDiffs, ...held, diffMarkdown: texts.join('\n\n') }
  },
})
