import { type KeptFile, type PlannedFile, readPlace } from './planned-file.ts'

const file = '.gitignore'

/**
 * Plans a `.gitignore` that has these lines: those that are missing are appended.
 *
 * @throws DM_SETUP_IN_THE_WAY, DM_SETUP_INCOMPLETABLE, exit 2
 */
export async function planIgnored(
  folder: string,
  lines: readonly string[],
): Promise<PlannedFile | KeptFile> {
  const before = await readPlace(folder, file)
  const text = before?.toString() ?? ''
  const known = new Set(text.split('\n').map(bare))
  const missing = lines.filter((line) => !known.has(bare(line)))
  if (missing.length === 0) return { path: file, wanted: null }
  const newline = text.includes('\r\n') ? '\r\n' : '\n'
  const isOpen = text !== '' && !text.endsWith('\n')
  const added = missing.map((line) => line + newline).join('')
  const content = Buffer.concat([
    before ?? Buffer.alloc(0),
    Buffer.from((isOpen ? newline : '') + added),
  ])
  return { path: file, before, content, added }
}

/** A folder may be written with a slash behind it or without. */
function bare(line: string): string {
  return line.trim().replace(/\/$/, '')
}
