import { DmError } from '../errors/dm-error.ts'
import { decodeText } from './decode-text.ts'
import { findDuplicateKeys } from './json/find-duplicate-keys.ts'
import { formatPath, offsetOf } from './json/json-path.ts'
import type { JsonNode } from './json/json-node.ts'
import { lineCounter } from './json/line-counter.ts'
import { JsonSyntaxError, parseJson } from './json/parse-json.ts'
import { rememberSource } from './json/source-text.ts'
import type { Finding } from './problem.ts'
import { ruleFindings } from './rule-findings.ts'
import { schemaFindings } from './schema-findings.ts'
import type { Dataset, Manifest } from './types.ts'

/** First line of a pointer: https://github.com/git-lfs/git-lfs/blob/main/docs/spec.md */
const lfsPointer = /^version https:\/\/(?:git-lfs\.github\.com|hawser\.github\.com)\/spec\//

const conflictMarker = /^(?:<{7}|>{7}|\|{7})(?: |\r?$)/m

/**
 * Reads and checks a manifest.
 *
 * @param input the file's bytes, or its text
 * @param options.source what to call it in messages: `manifest.json`, `origin/main:manifest.json`
 * @throws DM_MANIFEST_INVALID with every problem and its place; DM_MANIFEST_LFS_POINTER
 */
export function parseManifest(
  input: Uint8Array | string,
  { source }: { readonly source: string },
): Manifest {
  const decoded = decodeText(input)
  if ('reason' in decoded) {
    const problem = { line: 1, column: 1, path: '', reason: decoded.reason }
    throw new DmError('DM_MANIFEST_INVALID', { source, problems: [problem] })
  }
  const { text } = decoded
  if (lfsPointer.test(text)) throw new DmError('DM_MANIFEST_LFS_POINTER', { source })
  const root = parseText(text, source)
  verifyFindings(source, text, root, [
    ...duplicateFindings(root),
    ...schemaFindings(root.value),
    ...ruleFindings(root.value),
  ])
  rememberSource(text, root)
  // The schema has accepted the value, so it has this type.
  return { datasets: root.value as readonly Dataset[], origin: { text, root } }
}

function parseText(text: string, source: string): JsonNode {
  try {
    return parseJson(text)
  } catch (error) {
    if (!(error instanceof JsonSyntaxError)) throw error
    // The lines of a conflict stand outside of any JSON text, so one of them is the cause.
    const conflict = conflictMarker.exec(text)
    const place =
      conflict === null
        ? { offset: error.offset, reason: error.message }
        : { offset: conflict.index, reason: 'must be merged: here begins a conflict that git left' }
    const problem = { ...lineCounter(text)(place.offset), path: '', reason: place.reason }
    throw new DmError('DM_MANIFEST_INVALID', { source, problems: [problem] }, { cause: error })
  }
}

function duplicateFindings(root: JsonNode): Finding[] {
  return findDuplicateKeys(root).map(({ path, offset }) => ({
    path,
    offset,
    reason: 'must not be there twice: the object has this field already',
  }))
}

function verifyFindings(
  source: string,
  text: string,
  root: JsonNode,
  findings: readonly Finding[],
): void {
  if (findings.length === 0) return
  const positionOf = lineCounter(text)
  const problems = findings
    .map(({ path, reason, offset = offsetOf(root, path) }) => ({ path, reason, offset }))
    .toSorted((a, b) => a.offset - b.offset)
    .map(({ path, offset, reason }) => {
      const { line, column } = positionOf(offset)
      return { line, column, path: formatPath(path), reason }
    })
  throw new DmError('DM_MANIFEST_INVALID', { source, problems })
}
