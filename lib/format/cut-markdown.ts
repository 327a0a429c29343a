/**
 * Markdown of at most so many characters: cut at the end of a line, what is open there closed, and
 * a last line that says so. Where there is hardly room for that line, it is all that stays.
 */
export function cutMarkdown(text: string, room: number): string {
  if (text.length <= room) return text
  // What closes it, and says so, has room.
  const most = Math.max(0, room - 200)
  const end = text.lastIndexOf('\n', most)
  const kept = text.slice(0, end === -1 ? most : end)
  const fences = kept.match(/^(?:`{3,}|~{3,})/gm) ?? []
  const open = fences.length % 2 === 1 ? [fences.at(-1) ?? ''] : []
  const details = count(kept, '<details>') - count(kept, '</details>')
  const closing = [...open, ...Array.from({ length: Math.max(0, details) }, () => '</details>')]
  return [kept, ...closing, '', '*What follows does not fit here.*'].join('\n')
}

function count(text: string, part: string): number {
  return text.split(part).length - 1
}
