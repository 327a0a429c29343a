import { report } from '../../lib/graph/operation.ts'
import { bucketOf } from '../../lib/manifest/lookup.ts'
import { listed } from './removals.ts'

/** What is proposed, and what is against it. */
export const checkReport = report({
  needs: ['reviewed', 'checked', 'checkedStaged', 'limitProblems', 'acceptedBy'],
  result: ({ reviewed, checked, checkedStaged, limitProblems, acceptedBy }) => {
    return {
      base: reviewed?.base ?? null,
      head: reviewed?.head ?? null,
      proposed: (checked?.items ?? []).map(({ kind, dataset, entry }) => ({
        kind,
        dataset: dataset.fileName,
        version: entry?.version ?? null,
        bucket: bucketOf(dataset),
      })),
      /** What is beyond the limits comes first. */
      problems: [
        ...(limitProblems ?? []),
        ...(checked?.problems ?? []),
        ...(checkedStaged?.problems ?? []),
      ],
      acceptedBy: acceptedBy ?? null,
      /** Whether staging was looked at. */
      staged: checkedStaged === undefined ? null : checkedStaged.unseen === null,
    }
  },
  text: ({ proposed, problems, staged, acceptedBy }, { outcome }) => {
    const names = proposed.map(({ kind, dataset, version }) =>
      [kind, dataset, version].filter(Boolean).join(' '),
    )
    return [
      ...listed(problems, ({ dataset, version, message }) =>
        [[dataset, version].filter(Boolean).join(' '), message].filter(Boolean).join(': '),
      ),
      ...(names.length === 0 ? [] : [`Proposed: ${names.join(', ')}.`]),
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
  alsoOnFailure: true,
})
