import { DmError } from '../errors/dm-error.ts'
import { findDuplicateKeys } from './json/find-duplicate-keys.ts'
import { JsonSyntaxError } from './json/place-json.ts'
import { formatPath, lineCounter, offsetFinder } from './json/json-path.ts'
import { type JsonDocument, parseJson } from './json/parse-json.ts'
import { rememberSource } from './json/source-text.ts'
import { ruleFindings, schemaFindings } from './findings.ts'
import { type Finding, MAX_PROBLEMS } from './problem.ts'
import type { Dataset, Manifest } from './types.ts'
import { isUtf8 } from 'node:buffer'

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
  const origin = parseText(text, source)
  const { value } = origin
  verifyFindings(source, origin, [
    ...duplicateFindings(origin).take(MAX_PROBLEMS),
    ...schemaFindings(value).take(MAX_PROBLEMS),
    ...ruleFindings(value).take(MAX_PROBLEMS),
  ])
  rememberSource(origin)
  // The schema has accepted the value, so it has this type.
  return { datasets: value as readonly Dataset[], origin }
}

function parseText(text: string, source: string): JsonDocument {
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

function* duplicateFindings(origin: JsonDocument): Generator<Finding> {
  const reason = 'must not be there twice: the object has this field already'
  for (const { path, offset } of findDuplicateKeys(origin)) yield { path, offset, reason }
}

function verifyFindings(source: string, origin: JsonDocument, findings: readonly Finding[]): void {
  if (findings.length === 0) return
  const offsetOf = offsetFinder(origin)
  const positionOf = lineCounter(origin.text)
  const problems = findings
    .map(({ path, reason, offset = offsetOf(path) }) => ({ path, reason, offset }))
    .toSorted((a, b) => a.offset - b.offset)
    .slice(0, MAX_PROBLEMS)
    .map(({ path, offset, reason }) => {
      const { line, column } = positionOf(offset)
      return { line, column, path: formatPath(path), reason }
    })
  throw new DmError('DM_MANIFEST_INVALID', { source, problems })
}

/** The largest manifest that is read, in bytes: far above any real one. */
export const MAX_MANIFEST_BYTES = 64 * 1024 * 1024

/**
 * The text of a manifest's bytes, or why they are none.
 *
 * Invalid UTF-8 is refused: it could not be written back as it was.
 */
export function decodeText(
  input: Uint8Array | string,
): { readonly text: string } | { readonly reason: string } {
  const bytes = Buffer.byteLength(input)
  if (bytes > MAX_MANIFEST_BYTES) {
    return { reason: `must not be larger than ${MAX_MANIFEST_BYTES} bytes, but has ${bytes}` }
  }
  if (typeof input !== 'string' && !isUtf8(input)) return { reason: 'must be UTF-8 text' }
  const text = typeof input === 'string' ? input : textOf(input)
  if (text.startsWith('\uFEFF')) {
    return { reason: 'must not begin with a byte order mark: save it as UTF-8 without BOM' }
  }
  if (text.trim() === '') return { reason: `must not be empty: a new manifest is '[]'` }
  return { text }
}

function textOf({ buffer, byteOffset, byteLength }: Uint8Array): string {
  return Buffer.from(buffer, byteOffset, byteLength).toString()
}
