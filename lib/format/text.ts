// What steers a terminal, or makes a text look like another one: C0 and C1 controls, separators of lines and
// paragraphs, and all that is not seen: marks of the writing direction, soft hyphens, invisible spaces, tags.
// Scripts and pictures need joiners and variations, but none behind a letter of ASCII.
const controls =
  /[\p{Cc}\u2028\u2029\ufff9-\ufffb]|(?:(?<![^\0-\x7f])|(?!\u200c|\u200d|\ufe0e|\ufe0f))\p{Default_Ignorable_Code_Point}/gu

/** A text of unknown origin for a terminal: escapes are shown, line ends and tabs kept. */
export function printable(text: string): string {
  return text.replaceAll(controls, (character) =>
    character === '\n' || character === '\t' ? character : toEscape(character),
  )
}

/** As `printable`, in one line: line ends and tabs are shown as escapes, too. */
export function printableLine(text: string): string {
  return text.replaceAll(controls, toEscape)
}

/** A rendered JSON document without such characters: inside of its strings they are escaped. */
export function escapeControls(json: string): string {
  return json.replaceAll(controls, toEscape)
}

/** As JSON has it: of a character that takes two units, both. */
function toEscape(character: string): string {
  return character
    .split('')
    .map((unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)
    .join('')
}

/**
 * A text without the secrets that URLs in it may carry, in time proportional to its length.
 *
 * The whole `user:password@` of HTTP goes, since a token may stand in either place; of other
 * schemes only what has a password, so that `ssh://git@host` stays readable. A query goes whole,
 * unless it only names branches, as where a pull request is opened by hand.
 */
export function redactUrls(text: string): string {
  // Searched from the `://` on: a pattern that began at the scheme would begin at every letter.
  return text
    .replaceAll(/:\/\/[^\s/]*@/g, (found: string, offset: number) => {
      const scheme = /[a-z][a-z0-9+.-]*$/i.exec(text.slice(Math.max(0, offset - 20), offset))?.[0]
      if (scheme === undefined) return found
      const isHttp = /https?$/i.test(scheme)
      return isHttp || found.slice(3, -1).includes(':') ? '://***@' : found
    })
    .replaceAll(/[^\s'"<>]+/g, (word) => {
      const url = word.indexOf('://')
      const query = url === -1 ? -1 : word.indexOf('?', url)
      if (query === -1 || namesOnlyBranches(word.slice(query + 1))) return word
      return `${word.slice(0, query)}?***`
    })
}

/** The parameters by which forges are told what a pull request is for, and what ends a sentence. */
const branchParameter =
  /^(?:create|t=1|(?:source|sourceBranch|sourceRef|targetRef|merge_request%5B(?:source|target)_branch%5D)=[^=&?#]*)$/

function namesOnlyBranches(query: string): boolean {
  return query.split('&').every((one) => branchParameter.test(one))
}

/**
 * Rows as aligned columns, two spaces between; the last column is not padded.
 *
 * @param table the first row is the heading; cells may be of unknown origin
 */
export function formatTable(table: readonly (readonly string[])[]): string {
  const rows = table.map((row) => row.map(printableLine))
  const widths: number[] = []
  for (const row of rows) {
    row.forEach((cell, column) => (widths[column] = Math.max(widths[column] ?? 0, cell.length)))
  }
  return rows
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n')
}

/** Whether no line of a text is longer than so many characters. */
export function fits(text: string, width: number): boolean {
  return text.split('\n').every((line) => line.length <= width)
}

/**
 * The same rows as blocks, where a table is too wide: the first cell, and below it a line for each
 * other one with its heading, none where it is empty.
 *
 * @param width characters per line; only what has no space in it becomes longer
 */
export function formatBlocks(
  [heading = [], ...rows]: readonly (readonly string[])[],
  width: number,
): string {
  const labels = Math.max(...heading.map(({ length }) => length))
  // A field of a manifest is called what it is called.
  const toLabel = (text: string): string =>
    (/\p{Ll}/u.test(text) ? text : text.toLowerCase()).padEnd(labels)
  return rows
    .map((row) => {
      const [title = '', ...cells] = row.map(printableLine)
      const lines = cells.flatMap((cell, index) => {
        if (cell === '') return []
        return [`  ${toLabel(heading[index + 1] ?? '')}  ${wrap(cell, width, labels + 4)}`]
      })
      return [title, ...lines].join('\n')
    })
    .join('\n')
}

/**
 * A text in lines of so many characters, broken at spaces, all but the first indented; a word that is
 * longer stays whole.
 */
export function wrap(text: string, width: number, indent: number): string {
  const room = Math.max(width - indent, 20)
  const lines: string[] = []
  for (const word of text.split(/ +/)) {
    const last = lines.at(-1)
    if (last === undefined || last.length + 1 + word.length > room) lines.push(word)
    else lines[lines.length - 1] = `${last} ${word}`
  }
  return lines.join(`\n${' '.repeat(indent)}`)
}

/**
 * A text whose lines are longer than a terminal is wide: broken at single spaces, so that what is
 * aligned stays so, and indented as its line, or its second column, is. A word that is longer stays
 * whole.
 */
export function fold(text: string, width: number): string {
  return text
    .split('\n')
    .map((line) => (line.length <= width ? line : foldLine(line, width)))
    .join('\n')
}

function foldLine(line: string, width: number): string {
  const [label = '', margin = ''] = /^( *)(?:\S+ {2,})?/.exec(line) ?? []
  const indent = label.length > width / 2 ? margin.length : label.length
  const [first = '', ...words] = line.slice(label.length).split(/(?<! ) (?! )/)
  const lines = [label + first]
  for (const word of words) {
    const last = lines.length - 1
    const longer = `${lines[last]} ${word}`
    if (longer.length > width) lines.push(' '.repeat(indent) + word)
    else lines[last] = longer
  }
  return lines.join('\n')
}

/**
 * A text that nobody has checked, as plain text in one line of Markdown: no markup, HTML, link,
 * table cell or line of its own can come out of it. Nor does GitHub see anything in it: who is mentioned would
 * be told, issues would be linked, `$…$` be mathematics and `:…:` a picture, all of them also behind a backslash.
 */
export function escapeMarkdown(text: string): string {
  // Most texts are plain, and all that follows takes several times as long.
  if (/^[a-z\d ,;-]*$/i.test(text) && !/\bgh-\d/i.test(text)) return text.trim()
  return (
    text
      .replaceAll(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu, ' ')
      .replaceAll('&', '&amp;')
      .replaceAll('<', '&lt;')
      .replaceAll('>', '&gt;')
      .replaceAll(/[\\`*_{}[\]()#+!|~@]/g, (character) => `\\${character}`)
      // GitHub makes links of bare addresses; an invisible space in front keeps them text.
      .replaceAll(/\b(?=(?:https?|ftp):)/gi, '\u200B')
      .replaceAll(/\bwww(?=\.)/gi, 'www\u200B')
      .replaceAll(/@|#(?=\d)|\bGH(?=-\d)|:(?=[\w+\\-]+:)/gi, '$&\u200B')
      .replaceAll('$', '<span>$</span>')
      .trim()
  )
}

/** A text as one word of a POSIX shell; for commands that are shown and for those that are run. */
export function shellQuote(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll(`'`, `'\\''`)}'`
}
