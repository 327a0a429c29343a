import { hasChanges } from '../../lib/diff/present/describe-diff.ts'
import { fullText } from '../../lib/diff/present/full.ts'
import { diffDocument, type DiffDocument, type DifferingRow } from '../../lib/diff/present/json.ts'
import { diffMarkdown } from '../../lib/diff/present/markdown.ts'
import { proofLines } from '../../lib/diff/present/sql-header.ts'
import { diffText } from '../../lib/diff/present/text.ts'
import type { DatabaseDiff } from '../../lib/diff/types.ts'
import { printableLine } from '../../lib/format/text.ts'
import { report } from '../../lib/graph/operation.ts'

interface Shown {
  readonly diff: DatabaseDiff
  readonly document: DiffDocument
  readonly differingRows: ReadonlyMap<string, readonly DifferingRow[]> | null
  readonly diffFormat: 'sql' | 'markdown' | 'json' | undefined
  readonly proveWanted: boolean
}

/** How the two differ, in the form that was asked for. */
export const diffReport = report({
  needs: ['compared', 'diffDatabases', 'differingRows', 'diffFormat', 'proveWanted'],
  result: ({ compared: { diff }, diffDatabases, differingRows, ...asked }) => {
    const [a, b] = diffDatabases
    const document = diffDocument(diff, differingRows ?? undefined)
    const fields = { a: a.label, b: b.label, changed: hasChanges(diff), ...document }
    // For the text; no part of the document.
    Object.defineProperty(fields, 'shown', { value: { ...asked, diff, document, differingRows } })
    return fields as typeof fields & { readonly shown: Shown }
  },
  text: ({ a, b, shown }, { width }) => {
    const { diffFormat, diff, document, differingRows, proveWanted } = shown
    const title = `${a} → ${b}`
    if (diffFormat === 'json') return JSON.stringify(document, null, 2)
    if (diffFormat === 'markdown') return diffMarkdown(diff, { title })
    if (diffFormat === 'sql')
      return [title, ...proofLines(diff, true)].map(printableLine).join('\n')
    const rows = differingRows === null ? '' : fullText(diff.tables, differingRows)
    const proof = proveWanted ? proofLines(diff, true).slice(0, 1) : []
    const lines = diffText(diff, { width: Number.isFinite(width) ? width : 80 })
    return [
      printableLine(title),
      '',
      lines,
      ...(rows === '' ? [] : ['', rows]),
      ...(proof.length === 0 ? [] : ['', ...proof]),
    ].join('\n')
  },
})
