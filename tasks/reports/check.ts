import { report } from '../../lib/graph/operation.ts'
import { checkMarkdown } from '../../lib/review/check-markdown.ts'
import { summarizeCheck } from '../../lib/review/summarize-check.ts'
import { listed } from './removals.ts'

/** What is proposed, and what is against it. */
export const checkReport = report({
  needs: [
    ...(['reviewed', 'checked', 'checkedStaged', 'falseDiffs', 'unverifiedDiffs'] as const),
    ...(['limitProblems', 'acceptedBy', 'diffMarkdown'] as const),
  ],
  result: ({ diffMarkdown, ...facts }) => ({
    ...summarizeCheck(facts),
    /** What is different in the data of public datasets, computed from the bytes; Markdown. */
    diffMarkdown: diffMarkdown ?? '',
  }),
  text: ({ proposed, problems, unverified, staged, acceptedBy }, { outcome }) => {
    const names = proposed.map(({ kind, dataset, version }) =>
      [kind, dataset, version].filter(Boolean).join(' '),
    )
    return [
      ...listed(problems, ({ dataset, version, message }) =>
        [[dataset, version].filter(Boolean).join(' '), message].filter(Boolean).join(': '),
      ),
      ...(names.length === 0 ? [] : [`Proposed: ${names.join(', ')}.`]),
      ...listed(
        unverified,
        ({ dataset, version }) =>
          `Unverified: the diff of ${dataset} ${version} is what its author says.`,
      ),
      ...(acceptedBy === null ? [] : [`Beyond the limits, and accepted by ${acceptedBy}.`]),
      ...(outcome === 'succeeded'
        ? [
            names.length === 0
              ? 'No data is changed.'
              : `Everything is as it should be${staged === false ? ', as far as it was looked at' : ''}.`,
          ]
        : []),
    ].join('\n')
  },
  markdown: (result) => checkMarkdown(result, result.diffMarkdown),
  alsoOnFailure: true,
})
