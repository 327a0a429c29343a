import { createHash } from 'node:crypto'
import { cutMarkdown } from '../format/cut-markdown.ts'

/** What dm keeps in the body of a pull request; all around it is its author's. */
export interface Block {
  /** The title that goes with it. */
  readonly title: string
  /** Markdown. */
  readonly text: string
}

/** GitHub takes no longer body, in characters. */
const MAX_BODY = 65_536
/** So much room is left for the author's own words. */
const RESERVED = 8_192

const beginning = /<!-- datamanager:begin title=([0-9a-f]{8}) -->/
const end = '<!-- datamanager:end -->'

/**
 * The body of a pull request with the block in it: in the place of the one that is there, else behind
 * what is there.
 *
 * @param before the body as it is; '' for a new pull request
 */
export function placeBlock(before: string, { title, text }: Block): string {
  const found = findBlock(before)
  const own = found === null ? before.trimEnd() : before
  const around = found === null ? own.length : own.length - (found.end - found.begin)
  const room = MAX_BODY - Math.max(around, RESERVED) - 200
  // A comment of ours in the text would end the block.
  const safe = cutMarkdown(text.replaceAll('<!--', '&lt;!--').trim(), room)
  const block = `<!-- datamanager:begin title=${digits(title)} -->\n${safe}\n${end}`
  if (found !== null) return `${own.slice(0, found.begin)}${block}${own.slice(found.end)}`
  return own === '' ? block : `${own}\n\n${block}`
}

/** Whether the title that a pull request has is the one that dm gave it with this body. */
export function isOwnTitle(title: string, body: string): boolean {
  return beginning.exec(body)?.[1] === digits(title)
}

function findBlock(body: string): { readonly begin: number; readonly end: number } | null {
  const found = beginning.exec(body)
  const last = found === null ? -1 : body.indexOf(end, found.index)
  return found === null || last === -1 ? null : { begin: found.index, end: last + end.length }
}

function digits(title: string): string {
  return createHash('sha256').update(title).digest('hex').slice(0, 8)
}
