import type { JsonNode, JsonPath } from './place-json.ts'
import { type JsonDocument, placeItem } from './parse-json.ts'

/** Characters of a field's name in a message. */
const MAX_SHOWN = 100

/** A path as people read it: `[0].history[2].sha256`, `[0]["odd name"]`. */
export function formatPath(path: JsonPath): string {
  return path
    .map((part) => {
      if (typeof part === 'number') return `[${part}]`
      return isPlain(part) ? `.${part}` : `[${quote(part)}]`
    })
    .join('')
}

/** The name of a field as it can be printed, whoever chose it: quoted unless it is a plain word. */
export function formatField(name: string): string {
  return isPlain(name) ? name : quote(name)
}

function isPlain(name: string): boolean {
  return name.length <= MAX_SHOWN && /^[A-Za-z_]\w*$/.test(name)
}

/** As JSON, cut where it is long, but also with escapes for those control characters that JSON leaves as they are. */
function quote(name: string): string {
  const shown = name.length > MAX_SHOWN ? `${name.slice(0, MAX_SHOWN)}…` : name
  return JSON.stringify(shown).replaceAll(
    /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu,
    (character) => `\\u{${character.codePointAt(0)?.toString(16)}}`,
  )
}

/**
 * Returns what finds where the value at a path begins; where the path leads nowhere, its nearest
 * ancestor. Paths below the same item of the root belong together: their item is looked through once.
 */
export function offsetFinder(document: JsonDocument): (path: JsonPath) => number {
  let last: { readonly index: number; readonly node: JsonNode } | undefined
  return ([index, ...below]) => {
    const { text, value } = document
    if (!Array.isArray(value) || typeof index !== 'number' || index >= value.length) {
      return text.length - text.trimStart().length
    }
    if (last?.index !== index) last = { index, node: placeItem(document, index) }
    return offsetOf(last.node, below)
  }
}

function offsetOf(root: JsonNode, path: JsonPath): number {
  let node = root
  for (const part of path) {
    const next =
      typeof part === 'number'
        ? node.items?.[part]
        : node.members?.findLast((member) => member.key === part)?.node
    if (next === undefined) break
    node = next
  }
  return node.start
}

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
