/**
 * A text that nobody has checked, as plain text in one line of Markdown: no markup, HTML, link,
 * table cell or line of its own can come out of it.
 */
export function escapeMarkdown(text: string): string {
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
      .trim()
  )
}
