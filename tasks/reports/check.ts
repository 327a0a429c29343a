import { report } from '../../lib/graph/operation.ts'
import { bucketOf } from '../../lib/manifest/lookup.ts'
import { listed } from './removals.ts'

/** What is proposed, and what is against it. */
export const checkReport = report({
  needs: ['reviewed', 'checked', 'checkedStaged'],
  result: ({ reviewed, checked, checkedStaged }) => {
    return {
      base: reviewed?.base ?? null,
      head: reviewed?.head ?? null,
      proposed: (checked?.items ?? []).map(({ kind, dataset, entry }) => ({
        kind,
        dataset: dataset.fileName,
        version: entry?.version ?? null,
        bucket: bucketOf(dataset),
      })),
      problems: [...(checked?.problems ?? []), ...(checkedStaged?.problems ?? [])],
      /** Whether staging was looked at. */
      staged: checkedStaged === undefined ? null : checkedStaged.unseen === null,
    }
  },
  text: ({ proposed, problems, staged }, { outcome }) => {
    const names = proposed.map(({ kind, dataset, version }) =>
      [kind, dataset, version].filter(Boolean).join(' '),
    )
    return [
      ...listed(problems, ({ dataset, version, message }) =>
        [[dataset, version].filter(Boolean).join(' '), message].filter(Boolean).join(': '),
      ),
      ...(names.length === 0 ? [] : [`Proposed: ${names.join(', ')}.`]),
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
