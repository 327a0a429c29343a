import type { Cell, DatabaseDiff, TableDiff } from '../../../../lib/diff/types.ts'

export const cell = (literal: string): Cell => ({ literal, isCut: false })

/** A table of 10 rows without a change. */
export function table(name: string, change: Partial<TableDiff> = {}): TableDiff {
  const nothing = { inserted: 0, updated: 0, deleted: 0, rowsBefore: 10, rowsAfter: 10 }
  const lists = { columns: [], vanished: [], appeared: [], changed: [] }
  const how = { how: 'pages', reason: null, state: 'kept', formerName: null, key: ['id'] } as const
  return { name, ...how, ...nothing, ...lists, ...change }
}

export function diffOf(
  tables: readonly TableDiff[],
  rest: Partial<DatabaseDiff> = {},
): DatabaseDiff {
  const file = { bytes: 8192, pageSize: 4096, encoding: 'UTF-8' }
  return { before: file, after: file, schema: [], tables, uncompared: [], sql: null, ...rest }
}

/** Keys that vanished and came, a changed number, float noise, a renamed column. */
export const typical = diffOf(
  [
    table('cost', {
      key: ['tech', 'year'],
      inserted: 1,
      updated: 3,
      deleted: 2,
      rowsBefore: 1200,
      rowsAfter: 1199,
      columns: [
        {
          name: 'value',
          rows: 3,
          noise: 1,
          largest: [{ key: [cell(`'wind'`), cell('2030')], before: 1200, after: 636 }],
        },
        { name: 'notes', rows: 1, noise: 0, largest: [] },
      ],
      vanished: [
        { key: [cell(`'coal'`), cell('2020')], values: [{ column: 'value', cell: cell('7') }] },
        { key: [cell(`'coal'`), cell('2025')], values: [] },
      ],
      appeared: [{ key: [cell(`'sun'`), cell('2020')], values: [] }],
      changed: [
        {
          key: [cell(`'wind'`), cell('2020')],
          values: [{ column: 'notes', before: cell('NULL'), after: cell(`'new'`) }],
        },
      ],
    }),
    table('region'),
  ],
  {
    schema: [
      {
        change: 'renamed',
        object: 'column',
        name: 'notes',
        formerName: 'note',
        table: 'cost',
        before: 'note TEXT',
        after: 'notes TEXT',
      },
    ],
    uncompared: [{ name: 'words', reason: 'the module fts9 is unknown' }],
  },
)
