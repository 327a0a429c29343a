/**
 * What is said of a diff, in the order in which it is said, before it is escaped for a terminal, for
 * Markdown or for SQL: every text in it may hold names and values of a hostile database.
 */
export interface Outline {
  /** What came of it, in a sentence or two. */
  readonly verdict: readonly string[]
  readonly sections: readonly Section[]
}

export interface Section {
  readonly title: string
  readonly block: Lines | Table
  /** Of no weight for most: collapsed where that is possible. */
  readonly isDetail?: true
}

export interface Lines {
  readonly kind: 'lines'
  /** The most important first: what is too long is cut at the end. */
  readonly lines: readonly Line[]
}

export interface Line {
  readonly label: string
  readonly text: string
}

export interface Table {
  readonly kind: 'table'
  /** The first column is text, all others are numbers. */
  readonly heading: readonly string[]
  readonly rows: readonly (readonly string[])[]
}

/** `12,345`. */
export function formatCount(count: number): string {
  return count.toLocaleString('en')
}

/** `1 row`, `12,345 rows`. */
export function countOf(count: number, one: string, several = `${one}s`): string {
  return `${formatCount(count)} ${count === 1 ? one : several}`
}

/** The first of a list, and how many more there are, as a part of a sentence. */
export function firstOf(list: readonly string[], most: number, total = list.length): string {
  const shown = list.slice(0, most)
  const more = total - shown.length
  if (more <= 0) return shown.join(', ')
  return shown.length === 0
    ? formatCount(more)
    : `${shown.join(', ')} … and ${formatCount(more)} more`
}

/** A text of at most so many characters; a pair of surrogates stays together. */
export function cut(text: string, most: number): string {
  if (text.length <= most) return text
  const end = text.slice(0, Math.max(most - 1, 0))
  return `${/[\ud800-\udbff]$/.test(end) ? end.slice(0, -1) : end}…`
}
