import { DmError } from '../lib/errors/dm-error.ts'
import { parseDuration } from '../lib/format/units.ts'
import { graph } from '../lib/graph/graph.ts'
import { operation } from '../lib/graph/operation.ts'
import { cleanupReport } from './reports/cleanup.ts'
import { abortUploads } from './steps/abort-uploads.ts'
import { cleanUp } from './steps/clean-up.ts'
import { fetchBase } from './steps/fetch-base.ts'
import { readManifest } from './steps/read-manifest.ts'
import { openRepository } from './steps/open-repository.ts'
import { verifyRemoved } from './steps/verify-removed.ts'

/** Removes what is due, by the sweep that `publish` ends with, and gives up unfinished uploads. */
export default operation({
  name: 'cleanup',
  group: 'Care',
  summary: 'Remove what was staged or given up long ago',
  options: [
    {
      flags: '--older-than <age>',
      fact: 'olderThan',
      description:
        "such as 14d, 12h; 0: what was given up goes at once (default: the config's retention)",
      parse: parseAge,
    },
    {
      flags: '--orphans',
      fact: 'orphansWanted',
      description: 'also objects of this repository that nothing names',
      byDefault: false,
    },
  ],
  examples: ['dm cleanup --dry-run', 'dm cleanup', 'dm cleanup --older-than 30d --json'],
  graph: graph('cleanup', [
    openRepository,
    fetchBase,
    readManifest,
    cleanUp,
    abortUploads,
    verifyRemoved,
  ]),
  report: cleanupReport,
})

function parseAge(text: string): number {
  const age = text === '0' ? 0 : parseDuration(text)
  if (age !== null) return age
  throw new DmError('DM_USAGE', {
    problem: `'${text}' is not an age.`,
    hint: 'Write it as 30m, 12h, 7d or 2w; or 0.',
  })
}
