import { inspectDatabase as inspect } from '../../lib/sqlite/inspect-database.ts'
import { defineStep } from '../../lib/graph/step.ts'

export const inspectDatabase = defineStep({
  id: 'inspect-database',
  title: 'Inspect the database',
  needs: ['file'],
  provides: ['inspection'],
  required: true,
  async run({ file }, { signal, report }) {
    return { inspection: await inspect(file, { signal, report }) }
  },
})
