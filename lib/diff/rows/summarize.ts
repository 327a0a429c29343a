import {
  type Cell,
  type ChangeSample,
  type ColumnChange,
  type NumberChange,
  type RowSample,
  SAMPLES,
} from '../types.ts'
import type { Encoding } from '../open-databases.ts'
import { literal } from '../sql/literal.ts'
import type { RowSink } from './compare-rows.ts'
import type { Row } from './read-rows.ts'
import type { TablePair } from './table-pair.ts'
import { isSame, Text, type Value } from './values.ts'

/** Characters of a literal that is shown. */
const LONGEST = 240

/** How many of the largest changes are told of each column. */
const LARGEST = 5

/** Relative: what the order of a sum, or a decimal form with 15 digits, makes of the same numbers. */
const NOISE = 1e-12

export interface Summary {
  readonly inserted: number
  readonly updated: number
  readonly deleted: number
  readonly columns: readonly ColumnChange[]
  readonly vanished: readonly RowSample[]
  readonly appeared: readonly RowSample[]
  readonly changed: readonly ChangeSample[]
}

interface Counts {
  rows: number
  noise: number
  largest: { change: number; of: NumberChange }[]
}

/** Counts the rows that differ and keeps some of them. */
export function summarize(
  pair: TablePair,
  encodings: { before: Encoding; after: Encoding },
): { sink: RowSink; result: () => Summary } {
  const counts = { inserted: 0, updated: 0, deleted: 0 }
  const columns: Counts[] = pair.columns.map(() => ({ rows: 0, noise: 0, largest: [] }))
  const vanished: RowSample[] = []
  const appeared: RowSample[] = []
  const changed: ChangeSample[] = []
  const cell = (value: Value, which: 'before' | 'after'): Cell => toCell(value, encodings[which])
  const keyOf = ({ values, rowid }: Row, which: 'before' | 'after'): Cell[] => {
    if (pair.key !== null) return pair.key.map((at) => cell(values[at] ?? null, which))
    return rowid === null ? [] : [cell(rowid, which)]
  }
  const sampleOf = (row: Row, which: 'before' | 'after'): RowSample => ({
    key: keyOf(row, which),
    values: pair.columns.map(({ name }, at) => ({
      column: name,
      cell: cell(row.values[at] ?? null, which),
    })),
  })
  const sink: RowSink = {
    deleted(row) {
      counts.deleted++
      if (vanished.length < SAMPLES) vanished.push(sampleOf(row, 'before'))
    },
    inserted(row) {
      counts.inserted++
      if (appeared.length < SAMPLES) appeared.push(sampleOf(row, 'after'))
    },
    updated(before, after) {
      counts.updated++
      const differing: number[] = []
      for (const [at, value] of before.values.entries()) {
        const other = after.values[at] ?? null
        const column = columns[at]
        if (column === undefined || isSame(value, other)) continue
        differing.push(at)
        column.rows++
        countNumbers(column, value, other, () => keyOf(after, 'after'))
      }
      if (changed.length < SAMPLES) {
        changed.push({
          key: keyOf(after, 'after'),
          values: differing.map((at) => ({
            column: pair.columns[at]?.name ?? '',
            before: cell(before.values[at] ?? null, 'before'),
            after: cell(after.values[at] ?? null, 'after'),
          })),
        })
      }
    },
  }
  return {
    sink,
    result: () => ({
      ...counts,
      columns: columns
        .map(({ rows, noise, largest }, at) => ({
          name: pair.columns[at]?.name ?? '',
          rows,
          noise,
          largest: largest.map(({ of }) => of),
        }))
        .filter(({ rows }) => rows > 0)
        .toSorted((a, b) => b.rows - a.rows),
      vanished,
      appeared,
      changed,
    }),
  }
}

/** Notes by how much a number changed, where both values are one. */
function countNumbers(column: Counts, before: Value, after: Value, key: () => Cell[]): void {
  if (!isNumber(before) || !isNumber(after)) return
  const [old, now] = [Number(before), Number(after)]
  if (old === now) return
  const change = Math.abs(now - old) / Math.abs(old)
  if (typeof before === 'number' && typeof after === 'number' && change <= NOISE) {
    column.noise++
    return
  }
  const { largest } = column
  const last = largest.at(-1)
  if (largest.length === LARGEST && last !== undefined && !(change > last.change)) return
  // Infinite or no number at all: such a row is seen among the samples.
  if (!Number.isFinite(old) || !Number.isFinite(now)) return
  const place = largest.findIndex((other) => change > other.change)
  largest.splice(place === -1 ? largest.length : place, 0, {
    change,
    of: { key: key(), before: old, after: now },
  })
  if (largest.length > LARGEST) largest.pop()
}

function isNumber(value: Value): value is bigint | number {
  return typeof value === 'bigint' || typeof value === 'number'
}

/** A value as it is shown; of a long one, the beginning. */
function toCell(value: Value, encoding: Encoding): Cell {
  const isText = value instanceof Text
  const bytes = isText ? value.bytes : value instanceof Uint8Array ? value : null
  const whole = bytes === null || bytes.length <= LONGEST / 2
  const short = literal(whole ? value : beginning(bytes, isText, encoding), encoding)
  return { literal: short, isCut: !whole }
}

function beginning(bytes: Uint8Array, isText: boolean, encoding: Encoding): Value {
  const room = LONGEST / 2
  if (!isText) return bytes.subarray(0, room)
  let end = room
  // Not within a character: 10xxxxxx goes on with one, and DC00 to DFFF is the second half of a pair.
  if (encoding === 'UTF-8') while (end > room - 3 && ((bytes[end] ?? 0) & 0xc0) === 0x80) end--
  else if (((bytes[end + (encoding === 'UTF-16le' ? 1 : 0)] ?? 0) & 0xfc) === 0xdc) end -= 2
  return new Text(bytes.subarray(0, end))
}
