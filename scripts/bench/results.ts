import type { Machine } from './machine.ts'

export type LineName = 'loopback' | 'slow'

/** What somebody has taken for one piece of work, turn by turn. */
export interface Row {
  readonly work: string
  /** How the file differs from its predecessor, where that varies. */
  readonly variant: string | null
  /** The size that was asked for, in bytes. */
  readonly size: number
  /** Of the file that the work is about, in bytes. */
  readonly fileBytes: number
  readonly line: LineName
  readonly contestant: string
  readonly seconds: readonly number[]
  /** Of all its processes together, in bytes. */
  readonly peakBytes: readonly number[]
  /** Over the wire to the store, in bytes; null: nothing goes there. */
  readonly sent: number | null
  readonly received: number | null
  /** What it said of the way that it took: `form`, `via` and the like. */
  readonly facts: Readonly<Record<string, string | number>>
}

/** All that a run of the bench has seen. */
export interface Results {
  readonly format: 1
  /** Day, UTC. */
  readonly date: string
  readonly machine: Machine
  readonly store: string
  readonly slowLine: { readonly megabitsPerSecond: number; readonly delayMs: number }
  readonly runs: { readonly [line in LineName]: number }
  /** The versions of the programs that were measured; null: not installed, so not measured. */
  readonly programs: Readonly<Record<string, string | null>>
  readonly rows: readonly Row[]
}

export interface Chosen {
  readonly work: string
  readonly size: number
  readonly variant?: string | null
  readonly line?: LineName
}

export function findRow(
  rows: readonly Row[],
  { work, size, variant = null, line = 'loopback' }: Chosen,
  contestant: string,
): Row | undefined {
  return rows.find(
    (row) =>
      row.work === work &&
      row.size === size &&
      row.variant === variant &&
      row.line === line &&
      row.contestant === contestant,
  )
}
