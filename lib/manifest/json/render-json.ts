import { fieldTexts, sourceText } from './source-text.ts'

/** How a JSON text is laid out. */
export interface JsonLayout {
  /** One level, such as two spaces. */
  readonly indent: string
  /** `\n` or `\r\n`. */
  readonly newline: string
}

/** Renders a value as JSON.stringify with an indent does; what was parsed keeps its own text. */
export function renderJson(value: unknown, layout: JsonLayout, level = 0): string {
  if (typeof value !== 'object' || value === null) return JSON.stringify(value)
  const kept = sourceText(value)
  if (kept !== undefined) return kept
  if (Array.isArray(value)) {
    const items = value.map((item: unknown) => renderJson(item, layout, level + 1))
    return bracket('[', ']', items, layout, level)
  }
  const members: string[] = []
  for (const { name, value: field, text } of fieldTexts(value)) {
    if (text !== undefined) members.push(text)
    else if (field !== undefined)
      members.push(`${JSON.stringify(name)}: ${renderJson(field, layout, level + 1)}`)
  }
  return bracket('{', '}', members, layout, level)
}

/** Puts parts between brackets, one a line. */
export function bracket(
  open: string,
  close: string,
  parts: readonly string[],
  { indent, newline }: JsonLayout,
  level: number,
): string {
  if (parts.length === 0) return open + close
  const inner = newline + indent.repeat(level + 1)
  return `${open}${inner}${parts.join(`,${inner}`)}${newline}${indent.repeat(level)}${close}`
}
