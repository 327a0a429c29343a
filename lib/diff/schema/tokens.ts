/** A word of SQL, without the space and the comments around it. */
export interface Token {
  readonly kind: 'word' | 'quoted' | 'text' | 'number' | 'other'
  /** As it is written; of a quoted name, what it says. */
  readonly text: string
  /** Where it is in the SQL. */
  readonly start: number
  readonly end: number
}

const forms =
  /(?<space>\s+|--[^\n]*(?:\n|$)|\/\*[\s\S]*?(?:\*\/|$))|(?<text>[xX]?'(?:[^']|'')*')|(?<quoted>"(?:[^"]|"")*"|`(?:[^`]|``)*`|\[[^\]]*\])|(?<number>\d[\w.]*(?:(?<=[eE])[+-]\d+)?|\.\d+)|(?<word>[\w$\u0080-\uffff]+)|(?<other>[\s\S])/gy

/** Splits SQL that SQLite has accepted. */
export function tokenize(sql: string): Token[] {
  const tokens: Token[] = []
  for (const match of sql.matchAll(forms)) {
    const { text, quoted, number, word, other } = match.groups ?? {}
    const place = { start: match.index, end: match.index + match[0].length }
    if (text !== undefined) tokens.push({ kind: 'text', text, ...place })
    else if (quoted !== undefined) tokens.push({ kind: 'quoted', text: unquote(quoted), ...place })
    else if (number !== undefined) tokens.push({ kind: 'number', text: number, ...place })
    else if (word !== undefined) tokens.push({ kind: 'word', text: word, ...place })
    else if (other !== undefined) tokens.push({ kind: 'other', text: other, ...place })
  }
  return tokens
}

/** The word that a token is, in lower case; null: it is none. */
export function wordOf(token: Token | undefined): string | null {
  return token?.kind === 'word' ? token.text.toLowerCase() : null
}

export function isSemicolon(token: Token | undefined): boolean {
  return token?.kind === 'other' && token.text === ';'
}

/** Whether it has control characters of ASCII that are no space of SQL. */
export function hasControls(sql: string): boolean {
  return /[\p{Cc}--[\t\n\r\u007f-\u009f]]/v.test(sql)
}

/**
 * What is the same for two pieces of SQL that only differ in space, comments, the quotes around
 * names and the case of what is neither text nor number.
 */
export function meaning(tokens: readonly Token[]): string {
  return tokens
    .map(({ kind, text }) =>
      kind === 'word' || kind === 'quoted' ? foldCase(text) : `${kind} ${text}`,
    )
    .join('\n')
}

/** A name as SQLite compares it: ASCII letters without their case. */
export function foldCase(name: string): string {
  return name.replaceAll(/[A-Z]+/g, (letters) => letters.toLowerCase())
}

/** The piece of SQL that some tokens stand in, on one line and without comments. */
export function onOneLine(sql: string, tokens: readonly Token[]): string {
  let end = tokens[0]?.start ?? 0
  let line = ''
  for (const token of tokens) {
    if (token.start > end) line += ' '
    line += sql.slice(token.start, token.end)
    end = token.end
  }
  return line
}

function unquote(name: string): string {
  const [quote = ''] = name
  const inner = name.slice(1, -1)
  return quote === '[' ? inner : inner.replaceAll(quote + quote, quote)
}
