// What steers a terminal, or makes a text look like another one: C0 and C1 controls, marks and
// overrides of the writing direction, invisible spaces, separators of lines and paragraphs.
const controls = /[\p{Cc}\u061c\u200b\u200e\u200f\u2028-\u202e\u2060\u2066-\u2069\ufeff]/gu

/** A text of unknown origin for a terminal: escapes are shown, line ends and tabs kept. */
export function printable(text: string): string {
  return text.replaceAll(controls, (character) =>
    character === '\n' || character === '\t' ? character : escape(character),
  )
}

/** As `printable`, in one line: line ends and tabs are shown as escapes, too. */
export function printableLine(text: string): string {
  return text.replaceAll(controls, escape)
}

/** A rendered JSON document without such characters: inside of its strings they are escaped. */
export function escapeControls(json: string): string {
  return json.replaceAll(controls, escape)
}

function escape(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`
}
