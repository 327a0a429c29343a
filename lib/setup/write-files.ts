import { randomBytes } from 'node:crypto'
import { mkdir, open, rm } from 'node:fs/promises'
import path from 'node:path'
import { DmError } from '../errors/dm-error.ts'
import { pathBeside, replaceFile } from '../files/replace-file.ts'
import { type PlannedFile, readPlace } from './planned-file.ts'

/**
 * Writes files one after the other, each of them whole or not at all.
 *
 * @throws DM_SETUP_WRITE, which says what was written before, exit 1
 */
export async function writeFiles(folder: string, files: readonly PlannedFile[]): Promise<void> {
  const written: string[] = []
  for (const file of files) {
    await writeOne(folder, file).catch((cause: NodeJS.ErrnoException) => {
      const reason = cause.code ?? cause.message
      throw new DmError('DM_SETUP_WRITE', { path: file.path, reason, written }, { cause })
    })
    written.push(file.path)
  }
}

async function writeOne(folder: string, file: PlannedFile): Promise<void> {
  const target = path.join(folder, file.path)
  await mkdir(path.dirname(target), { recursive: true })
  // A name that nothing has: what lies there is somebody's.
  const draft = pathBeside(target, `${randomBytes(8).toString('hex')}.init`)
  const handle = await open(draft, 'wx')
  try {
    try {
      await handle.writeFile(file.content)
      await handle.sync()
    } finally {
      await handle.close()
    }
    const now = await readPlace(folder, file.path)
    const isAsPlanned = file.before === null ? now === null : (now?.equals(file.before) ?? false)
    if (!isAsPlanned) throw new Error('it has changed in the meantime')
    await replaceFile(draft, target)
  } finally {
    await rm(draft, { force: true })
  }
}
