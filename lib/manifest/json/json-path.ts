import type { JsonNode, JsonPath } from './json-node.ts'

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
  return /^[A-Za-z_]\w*$/.test(name)
}

/** As JSON, but also with escapes for those control characters that JSON leaves as they are. */
function quote(name: string): string {
  return JSON.stringify(name).replaceAll(
    /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu,
    (character) => `\\u{${character.codePointAt(0)?.toString(16)}}`,
  )
}

/** Where the value at a path begins; where the path leads nowhere, its nearest ancestor. */
export function offsetOf(root: JsonNode, path: JsonPath): number {
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
