import type { JsonNode, JsonPath } from './json-node.ts'

/** A path as people read it: `[0].history[2].sha256`, `[0]["odd name"]`. */
export function formatPath(path: JsonPath): string {
  return path
    .map((part) => {
      if (typeof part === 'number') return `[${part}]`
      return /^[A-Za-z_]\w*$/.test(part) ? `.${part}` : `[${JSON.stringify(part)}]`
    })
    .join('')
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
