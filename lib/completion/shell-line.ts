/** How a text stands where it is typed. */
type Quote = 'none' | 'single' | 'double'

/** A command line up to the cursor, as a POSIX shell reads it. */
export interface ShellLine {
  /** The words before the one at the cursor, without quotes; the first is the program. */
  readonly words: readonly string[]
  /** The word at the cursor as far as it is typed, without quotes. */
  readonly current: string
  /** How many characters of `current` stand before what the shell replaces. */
  readonly kept: number
  /** The quote that is open at the cursor. */
  readonly quote: Quote
}

/**
 * Reads a command line up to the cursor: quotes and backslashes count, nothing is expanded.
 *
 * @param breaks characters at which the shell begins a new piece of a word: bash replaces the last one
 */
export function readShellLine(line: string, breaks: string): ShellLine {
  const words: string[] = []
  let current = ''
  let isWord = false
  let kept = 0
  let quote: Quote = 'none'
  const add = (character: string): void => {
    current += character
    isWord = true
  }
  for (let at = 0; at < line.length; at++) {
    const character = line.charAt(at)
    if (quote === 'single') {
      if (character === "'") quote = 'none'
      else add(character)
    } else if (character === '\\' && (quote === 'none' || '"\\$`'.includes(line.charAt(at + 1)))) {
      at++
      if (at < line.length) add(line.charAt(at))
    } else if (quote === 'double') {
      if (character === '"') quote = 'none'
      else add(character)
    } else if (character === "'" || character === '"') {
      quote = character === "'" ? 'single' : 'double'
      isWord = true
      // What is in quotes is one piece.
      kept = current.length
    } else if (/\s/.test(character)) {
      if (isWord) words.push(current)
      current = ''
      isWord = false
      kept = 0
    } else {
      add(character)
      // Bash puts an @ before the piece, where names of hosts begin, as it does a $; others stay behind.
      if (breaks.includes(character)) kept = current.length - (character === '@' ? 1 : 0)
    }
  }
  return { words, current, kept, quote }
}

/**
 * What takes the place of the piece at the cursor, so that the word becomes `value`; null: that cannot
 * be written there. Whatever the value is, the shell takes it as a text.
 */
export function toPiece(
  value: string,
  { kept, quote }: Pick<ShellLine, 'kept' | 'quote'>,
): string | null {
  const rest = value.slice(kept)
  switch (quote) {
    case 'single':
      return rest.replaceAll("'", String.raw`'\''`)
    case 'double':
      // Nothing keeps bash from finding its history there, but for a backslash that stays.
      return rest.includes('!') ? null : rest.replaceAll(/["\\$`]/g, String.raw`\$&`)
    case 'none':
      return rest.replaceAll(/[^\p{L}\p{N}_@%+=:,./-]/gu, String.raw`\$&`)
  }
}
