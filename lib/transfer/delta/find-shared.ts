import { createHash } from 'node:crypto'
import { comparePages } from '../../diff/pages/compare-pages.ts'
import { PageFile } from '../../diff/pages/page-file.ts'
import type { PageComparison } from './compare-pages.ts'
import { matchPages } from './match-pages.ts'

/**
 * What `comparePages` returns; blocks its thread.
 *
 * @throws DM_FILE_…, DM_DATABASE_…
 */
export function findShared(basePath: string, targetPath: string): PageComparison {
  const base = new PageFile(basePath, 'before')
  try {
    const target = new PageFile(targetPath, 'after')
    try {
      return compare(base, target)
    } finally {
      target.close()
    }
  } finally {
    base.close()
  }
}

function compare(base: PageFile, target: PageFile): PageComparison {
  const { bytes, pageSize } = base.header
  const hash = createHash('sha256')
  const add = (chunk: Uint8Array): unknown => hash.update(chunk)
  if (pageSize !== target.header.pageSize) {
    base.readAll(add)
    return { base: { sha256: hash.digest('hex'), bytes }, shared: null }
  }
  const pages = comparePages(base, target, { onBefore: add })
  const records = matchPages(base, target, pages.after)
  let newPages = 0
  for (let at = 2; at < records.length; at += 3) newPages += records[at] ?? 0
  return {
    base: { sha256: hash.digest('hex'), bytes },
    shared: { pageSize, pages, records, newPages },
  }
}
