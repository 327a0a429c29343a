import { inspectDatabase as inspect } from '../../lib/sqlite/inspect-database.ts'
import { defineStep } from '../../lib/graph/step.ts'

export const inspectDatabase = defineStep({
  id: 'inspect-database',
  title: 'Inspect the database',
  needs: ['project', 'file'],
  provides: ['inspection'],
  required: true,
  async run({ project, file }, { signal, report, notice }) {
    const inspection = await inspect(file, { env: project.env, signal, report })
    const { unchecked } = inspection
    if (unchecked.length > 0) {
      const listed = unchecked.slice(0, 5).map(({ table, reason }) => `'${table}' (${reason})`)
      const more = unchecked.length > 5 ? ` and ${unchecked.length - 5} more` : ''
      notice(`Tables that use what SQLite lacks could not be checked: ${listed.join(', ')}${more}.`)
    }
    return { inspection }
  },
})
