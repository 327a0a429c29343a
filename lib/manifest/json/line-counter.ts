/** A place in a text as editors show it, both from 1; columns count UTF-16 units. */
export interface TextPosition {
  readonly line: number
  readonly column: number
}

/**
 * Returns what turns an offset in the text into line and column. It counts on from the offset before,
 * so ask in the order of the text.
 */
export function lineCounter(text: string): (offset: number) => TextPosition {
  let line = 1
  let start = 0
  return (offset) => {
    if (offset < start) [line, start] = [1, 0]
    for (let end = lineEnd(text, start); end < offset; end = lineEnd(text, start)) {
      line++
      start = end + 1
    }
    return { line, column: offset - start + 1 }
  }
}

function lineEnd(text: string, start: number): number {
  const end = text.indexOf('\n', start)
  return end === -1 ? text.length : end
}
