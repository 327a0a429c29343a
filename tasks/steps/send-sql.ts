import { sqlHeader } from '../../lib/diff/present/sql-header.ts'
import { DmError } from '../../lib/errors/dm-error.ts'
import { sendFile } from '../../lib/files/send-file.ts'
import { defineStep } from '../../lib/graph/step.ts'

export const sendSql = defineStep({
  id: 'send-sql',
  title: 'Send the SQL to stdout',
  needs: ['compared', 'diffDatabases', 'diffFormat', 'stdout'],
  provides: [],
  mutates: true,
  skip: ({ diffFormat }) =>
    diffFormat === 'sql' ? undefined : { reason: 'it is not asked for', facts: {} },
  plan: () => ({}),
  async run({ compared: { diff }, diffDatabases, stdout }, { signal }) {
    const [before, after] = diffDatabases.map(({ label }) => label) as [string, string]
    const { sql } = diff
    if (sql === null || 'reason' in sql) {
      // Comments alone would be taken for SQL that has nothing to do.
      const reason = sql?.reason ?? 'none was written'
      throw new DmError('DM_DIFF_NO_SQL', { before, after, reason })
    }
    await stdout(Buffer.from(sqlHeader(diff, { title: `${before} → ${after}`, withSql: true })))
    if (sql.bytes > 0) await sendFile(sql.path, stdout, signal)
    return {}
  },
})
