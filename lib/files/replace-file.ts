import { createHash } from 'node:crypto'
import { chmod, chown, open, rename, stat } from 'node:fs/promises'
import path from 'node:path'

/** Encrypting file systems take shorter names than the usual 255 bytes. */
const LONGEST_STEM = 100

/**
 * The path of a hidden file in the same folder, from where it can take the file's place: always the
 * same one, and short also where the file's own name is as long as names can be.
 *
 * @param suffix tells what it is for, in at most 40 bytes
 */
export function pathBeside(file: string, suffix: string): string {
  const name = path.basename(file)
  const isLong = Buffer.byteLength(name) > LONGEST_STEM
  const stem = isLong ? createHash('sha256').update(name).digest('hex').slice(0, 32) : name
  return path.join(path.dirname(file), `.${stem}.${suffix}`)
}

/**
 * Lets a finished file take the place of another in the same folder, or of none: whoever looks
 * sees the old one or the new one, also after a power failure. What is replaced leaves its
 * permissions, its group and, where that is allowed, its owner.
 *
 * @throws errors of the file system, with the old file as it was
 */
export async function replaceFile(finished: string, file: string): Promise<void> {
  const old = await stat(file).catch(() => null)
  if (old !== null) {
    const kept = old.mode & 0o777
    const isTheirs = await keepOwner(finished, old)
    await chmod(finished, isTheirs ? kept : withoutGroup(kept))
  }
  await rename(finished, file)
  await syncFolder(path.dirname(file))
}

/** Makes a new name in a folder survive a power failure, where the file system can do that. */
export async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder).catch(() => undefined)
  await handle?.sync().catch(() => undefined)
  await handle?.close()
}

/** Whether the file has the group then. */
async function keepOwner(file: string, old: { uid: number; gid: number }): Promise<boolean> {
  const own = await stat(file)
  if (own.uid === old.uid && own.gid === old.gid) return true
  const attempts = [old.uid, own.uid].map((uid) => () => chown(file, uid, old.gid))
  for (const attempt of attempts) {
    const isDone = await attempt().then(
      () => true,
      () => false,
    )
    if (isDone) return true
  }
  return own.gid === old.gid
}

/** The group's rights are those of everybody: another group must not inherit them. */
function withoutGroup(mode: number): number {
  return (mode & 0o707) | ((mode & 0o007) << 3)
}
