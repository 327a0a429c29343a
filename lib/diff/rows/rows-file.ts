import type { Encoding } from '../open-databases.ts'
import { DmError } from '../../errors/dm-error.ts'
import { leastBytes, literal } from '../sql/literal.ts'
import { SpoolFile } from '../spool-file.ts'
import type { RowSink } from './compare-rows.ts'
import type { Row } from './read-rows.ts'
import { nameOf, type TablePair } from './table-pair.ts'

/** Those who read them have them in the memory at once. */
export const MOST_BYTES = 64 * 1024 ** 2

/** All rows that differ, one JSON object a line; values as SQL literals. */
export class RowsFile {
  readonly #file: SpoolFile

  constructor(path: string) {
    this.#file = new SpoolFile(path)
  }

  /** What it is told throws DM_DIFF_TOO_MANY, before it makes literals of values that are too large. */
  sink(pair: TablePair, encodings: { before: Encoding; after: Encoding }): RowSink {
    const table = nameOf(pair)
    const valuesOf = (row: Row, which: 'before' | 'after'): Record<string, string> =>
      Object.fromEntries(
        row.values.map((value, at) => [
          pair.columns[at]?.name ?? '',
          literal(value, encodings[which]),
        ]),
      )
    const leastOf = (row: Row | null, which: 'before' | 'after'): number =>
      row === null ? 0 : leastBytes(row.values, encodings[which])
    const write = (change: string, before: Row | null, after: Row | null): void => {
      const bytes = leastOf(before, 'before') + leastOf(after, 'after')
      if (bytes > MOST_BYTES) {
        throw new DmError('DM_DIFF_TOO_MANY', { row: { table, bytes }, most: MOST_BYTES })
      }
      if (this.#file.bytes > MOST_BYTES) {
        throw new DmError('DM_DIFF_TOO_MANY', { row: null, most: MOST_BYTES })
      }
      this.#file.write(
        `${JSON.stringify({
          table,
          change,
          before: before === null ? null : valuesOf(before, 'before'),
          after: after === null ? null : valuesOf(after, 'after'),
        })}\n`,
      )
    }
    return {
      deleted: (row) => write('deleted', row, null),
      inserted: (row) => write('inserted', null, row),
      updated: (before, after) => write('updated', before, after),
    }
  }

  close(): void {
    this.#file.close()
  }
}
