import { meaning, onOneLine, type Token, tokenize } from './tokens.ts'

/** A CREATE TABLE in its parts. */
export interface TableDeclaration {
  /** Of each column in turn: its definition on one line, and what it means but for its name. */
  readonly columns: readonly { readonly text: string; readonly meaning: string }[]
  /** What the constraints of the table and its options mean. */
  readonly rest: string
}

/** These cannot be names of columns without quotes. */
const constraints = new Set(['constraint', 'primary', 'unique', 'check', 'foreign'])

/** Takes apart a CREATE TABLE that SQLite has accepted; null for what is none, as a virtual table. */
export function parseTable(sql: string): TableDeclaration | null {
  const tokens = tokenize(sql)
  const open = tokens.findIndex((token) => isOther(token, '('))
  if (open === -1 || tokens[1]?.text.toLowerCase() !== 'table') return null
  const parts: Token[][] = [[]]
  let depth = 1
  let at = open + 1
  for (; at < tokens.length && depth > 0; at++) {
    const token = tokens[at]
    if (token === undefined) break
    if (isOther(token, '(')) depth++
    if (isOther(token, ')')) depth--
    if (depth === 1 && isOther(token, ',')) parts.push([])
    else if (depth > 0) parts.at(-1)?.push(token)
  }
  const first = parts.findIndex(
    ([token]) => token?.kind === 'word' && constraints.has(token.text.toLowerCase()),
  )
  const columns = first === -1 ? parts : parts.slice(0, first)
  const others = first === -1 ? [] : parts.slice(first)
  return {
    columns: columns.map((part) => ({
      text: onOneLine(sql, part),
      meaning: meaning(part.slice(1)),
    })),
    rest: [...others, tokens.slice(at)].map((part) => meaning(part)).join('\n,\n'),
  }
}

function isOther(token: Token, text: string): boolean {
  return token.kind === 'other' && token.text === text
}
