import { shellQuote } from '../../lib/format/text.ts'
import { report } from '../../lib/graph/operation.ts'
import type { Setup } from '../../lib/setup/plan-setup.ts'
import type { Site } from '../../lib/setup/site.ts'

/** What was written and what was kept, and the next commands. */
export const initReport = report({
  needs: ['site', 'setup', 'gitMade', 'written'],
  result: ({ site, setup, gitMade, written }) => ({
    folder: site.folder,
    written: setup.planned
      .filter(({ path }) => written.includes(path))
      .map(({ path, before, added }) => ({ path, created: before === null, added })),
    kept: setup.kept,
    gitMade,
    next: nextCommands(site, setup, gitMade),
  }),
  text: ({ folder, written, kept, gitMade, next }, { dryRun }) => {
    const create = dryRun ? 'Would write' : 'Wrote'
    const complete = dryRun ? 'Would complete' : 'Completed'
    const repository = dryRun ? 'Would make a git repository.' : 'Made a git repository.'
    return [
      ...(gitMade ? [repository] : []),
      ...written.flatMap(({ path, created, added }) =>
        dryRun || !created
          ? [`${created ? create : complete} ${path}:`, ...indented(added)]
          : [`${create} ${path}`],
      ),
      ...kept.flatMap(({ path, wanted }) =>
        wanted === null
          ? [`Kept ${path}`]
          : [`Kept ${path}, which differs from what init would write:`, ...indented(wanted)],
      ),
      `Next, in ${folder}:`,
      ...next.map((command) => `  ${command}`),
    ].join('\n')
  },
  isVerbatim: true, // commands to copy
})

function indented(text: string): string[] {
  return text
    .trimEnd()
    .split('\n')
    .map((line) => `  | ${line}`.trimEnd())
}

/** From here to the first dataset. */
function nextCommands({ git }: Site, setup: Setup, gitMade: boolean): string[] {
  const tops = setup.planned.map(({ path }) => (path.startsWith('.github/') ? '.github' : path))
  const files = [...new Set([...tops, 'package-lock.json'])].map(shellQuote).join(' ')
  const push =
    git?.remote == null
      ? []
      : [`git push ${shellQuote(git.remote)} ${shellQuote(`HEAD:${git.base}`)}`]
  const commit = [`git add ${files}`, `git commit -m 'Set up the data repository'`, ...push]
  return [
    ...(git === null && !gitMade ? ['git init -b main'] : []),
    'npm install',
    ...(setup.planned.length === 0 ? [] : commit),
    ...(setup.keys.length === 0 ? [] : ['cp -n .env.example .env', 'npx dm verify']),
    'npx dm prepare NAME.sqlite FILE',
  ]
}
