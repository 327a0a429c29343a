import { DmError } from '../lib/errors/dm-error.ts'
import { parseDuration } from '../lib/format/units.ts'
import { graph } from '../lib/graph/graph.ts'
import { parallel } from '../lib/graph/nodes.ts'
import { operation } from '../lib/graph/operation.ts'
import { auditReport } from './reports/audit.ts'
import { auditHistory } from './steps/audit-history.ts'
import { auditObjects } from './steps/audit-objects.ts'
import { fetchBase } from './steps/fetch-base.ts'
import { findDue } from './steps/find-due.ts'
import { listBuckets } from './steps/list-buckets.ts'
import { readManifest } from './steps/read-manifest.ts'
import { readRetired } from './steps/read-retired.ts'
import { openRepository } from './steps/open-repository.ts'
import { verifyAudited } from './steps/verify-audited.ts'

/** Holds everything that is published against what lies in the buckets; changes nothing. */
export default operation({
  name: 'audit',
  group: 'Care',
  summary: 'Check that everything published is in place',
  options: [
    {
      flags: '--full',
      fact: 'fullWanted',
      description: 'read all bytes and hash them',
      byDefault: false,
    },
    {
      flags: '--since <time>',
      fact: 'since',
      description: 'look only at objects that were written later: a date, or an age such as 8d',
      parse: parseSince,
    },
  ],
  examples: ['dm audit', 'dm audit --full --since 8d', 'dm audit --json'],
  graph: graph('audit', [
    openRepository,
    fetchBase,
    parallel(readRetired, [readManifest, listBuckets({ whole: true })]),
    parallel(auditObjects, auditHistory),
    findDue,
    verifyAudited,
  ]),
  report: auditReport,
})

function parseSince(text: string): Date {
  const age = parseDuration(text)
  const time = age === null ? parseTime(text) : new Date(Date.now() - age)
  if (time !== null && time.getTime() <= Date.now()) return time
  throw new DmError('DM_USAGE', {
    problem: `'${text}' is neither a date that has been nor an age.`,
    hint: 'Write 2026-11-25, 2026-11-25T08:00:00Z (both UTC), 12h, 7d or 2w.',
  })
}

/** A day or a time in UTC as ISO 8601 has them; null for what looks like one, such as the 31st of February. */
function parseTime(text: string): Date | null {
  if (!/^\d{4}-\d{2}-\d{2}(?:T\d{2}:\d{2}(?::\d{2}(?:\.\d{1,3})?)?Z)?$/.test(text)) return null
  const time = new Date(text)
  if (Number.isNaN(time.getTime())) return null
  return time.toISOString().startsWith(text.slice(0, 10)) ? time : null
}
