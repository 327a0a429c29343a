import type { Encoding } from '../open-databases.ts'
import { literal } from '../sql/literal.ts'
import { SpoolFile } from '../spool-file.ts'
import type { RowSink } from './compare-rows.ts'
import type { Row } from './read-rows.ts'
import { nameOf, type TablePair } from './table-pair.ts'

/** All rows that differ, one JSON object a line; values as SQL literals. */
export class RowsFile {
  readonly #file: SpoolFile

  constructor(path: string) {
    this.#file = new SpoolFile(path)
  }

  sink(pair: TablePair, encodings: { before: Encoding; after: Encoding }): RowSink {
    const table = nameOf(pair)
    const valuesOf = (row: Row, which: 'before' | 'after'): Record<string, string> =>
      Object.fromEntries(
        row.values.map((value, at) => [
          pair.columns[at]?.name ?? '',
          literal(value, encodings[which]),
        ]),
      )
    const write = (change: string, before: Row | null, after: Row | null): void => {
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
