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
  const present = text
    .replace(/^\uFEFF/, '')
    .split('\n')
    .map(withoutEnd)
  const missing = lines.filter((line) => !isIgnored(present, line))
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

/** Git drops spaces at the end, and nothing at the beginning. */
function withoutEnd(line: string): string {
  return line.replace(/\r$/, '').replace(/ +$/, '')
}

/** Whether a line is there and no later one takes it back. */
function isIgnored(present: readonly string[], line: string): boolean {
  // What is to be ignored as a folder may be ignored as a file, too; not the other way round.
  const forms = line.endsWith('/') ? [line, line.slice(0, -1)] : [line]
  const undone = forms.flatMap((form) => [`!${form}`, `!/${form}`])
  const isOneOf = (some: readonly string[]) => (one: string) => some.includes(one)
  return present.findLastIndex(isOneOf(forms)) > present.findLastIndex(isOneOf(undone))
}
