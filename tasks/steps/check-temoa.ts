import { DmError, defineStep } from '@openenergyoutlook/datamanager'

/** Tables that only databases of the Temoa model have: `technologies` before version 3, then these. */
const signs = [['technologies'], ['technology', 'metadata']]

/**
 * A team's own step, added in `datamanager.config.ts`: refuses what is no database of the Temoa
 * energy model. Its tables: https://github.com/TemoaProject/temoa
 */
export const checkTemoa = defineStep({
  id: 'check-temoa',
  title: 'See that it is a Temoa database',
  needs: ['inspection', 'file'],
  provides: [],
  run({ inspection, file }) {
    // Upper and lower case differ between the versions of Temoa.
    const names = new Set(inspection.tables.map(({ name }) => name.toLowerCase()))
    if (signs.some((tables) => tables.every((table) => names.has(table)))) return {}
    throw new DmError('DM_STEP_REFUSED', {
      step: 'check-temoa',
      problem: `'${file.path}' is no Temoa database: it has neither the table 'technologies' nor 'technology' and 'metadata'`,
      remedy: "Check the file; to prepare other databases, remove 'check-temoa' from the config.",
    })
  },
})
