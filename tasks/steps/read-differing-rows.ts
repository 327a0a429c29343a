import { readRowsFile } from '../../lib/diff/read-rows-file.ts'
import { defineStep } from '../../lib/graph/step.ts'

export const readDifferingRows = defineStep({
  id: 'read-differing-rows',
  title: 'Read the rows that differ',
  needs: ['compared'],
  provides: ['differingRows'],
  skip: ({ compared: { rowsFile } }) =>
    rowsFile === null
      ? { reason: 'only counts are wanted', facts: { differingRows: null } }
      : undefined,
  async run({ compared: { rowsFile } }) {
    return { differingRows: rowsFile === null ? null : await readRowsFile(rowsFile) }
  },
})
