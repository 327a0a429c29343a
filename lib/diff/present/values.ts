import type { Cell, NumberChange, RowSample } from '../types.ts'
import { cut } from './outline.ts'

/** A longer value says no more to a person. */
const LONGEST_VALUE = 60
/** Nor does a row of more values. */
const MOST_VALUES = 6

/** A value as an SQL literal, as far as it says something. */
export function showCell({ literal, isCut }: Cell, most = LONGEST_VALUE): string {
  const shown = cut(literal, most)
  return isCut && !shown.endsWith('…') ? `${shown}…` : shown
}

/** What tells a row apart: its key; where there is none, the whole row. */
export function showKey({ key, values }: Pick<RowSample, 'key'> & Partial<RowSample>): string {
  const cells = key.length > 0 ? key : (values ?? []).map(({ cell }) => cell)
  const shown = cells.slice(0, MOST_VALUES).map((cell) => showCell(cell))
  if (cells.length > MOST_VALUES) shown.push('…')
  return shown.length === 1 ? (shown[0] ?? '') : `(${shown.join(',')})`
}

/** `1200 → 636 (-47%)`. */
export function showNumberChange({ before, after }: Omit<NumberChange, 'key'>): string {
  const change = relativeChange(before, after)
  return `${before} → ${after}${change === null ? '' : ` (${change})`}`
}

/** As a percentage, or, where that would be a large number, as a factor; null: from 0 there is none. */
function relativeChange(before: number, after: number): string | null {
  if (before === 0) return null
  const ratio = after / before
  if (!Number.isFinite(ratio)) return null
  if (ratio >= 10) return `×${toDigits(ratio)}`
  const percent = ((after - before) / Math.abs(before)) * 100
  return `${percent > 0 ? '+' : ''}${toDigits(percent)}%`
}

function toDigits(value: number): string {
  const rounded = Number(value.toPrecision(3))
  return Math.abs(rounded) < 1e6 ? String(rounded) : rounded.toExponential(1)
}
