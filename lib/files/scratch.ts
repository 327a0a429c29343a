import { createHash } from 'node:crypto'
import { rmSync, type Stats } from 'node:fs'
import { lstat, mkdtemp, readdir, readFile, readlink, realpath, rm } from 'node:fs/promises'
import { hostname, tmpdir } from 'node:os'
import path from 'node:path'
import { DmError } from '../errors/dm-error.ts'

/** Where it cannot be told whether a run still lives, its folder stays for so long, in milliseconds. */
const LEFT_MS = 3 * 24 * 3_600_000

/** Machine, process id, when that process began, and what makes the name nobody else's. */
const form = /^dm-scratch-([0-9a-f]{8})-(\d{1,10})-(\d{1,20})-\w{6}$/

/** A folder for this run alone: nobody else can look into it. */
export interface Scratch {
  /** Absolute. */
  readonly path: string
  /** Removes it with all that is in it; never fails. */
  readonly remove: () => Promise<void>
}

/** What this process has not removed yet. */
const living = new Set<string>()

/** Places where this process has looked for what killed runs left. */
const swept = new Map<string, Promise<void>>()

/**
 * Makes a folder for this run. It goes when it is removed, at the latest when the process ends; where the
 * process is killed, the next run of the same user removes it.
 *
 * @param place a folder; default: the system's for temporary files
 * @throws DM_SCRATCH_UNUSABLE
 */
export async function makeScratch(place: string = tmpdir()): Promise<Scratch> {
  try {
    const folder = await realpath(place)
    const sweeping = swept.get(folder) ?? removeLeft(folder).catch(() => undefined)
    swept.set(folder, sweeping)
    await sweeping
    const began = (await beginOf(process.pid)) ?? '0'
    const name = `dm-scratch-${await thisMachine()}-${process.pid}-${began}-`
    const made = await mkdtemp(path.join(folder, name))
    if (living.size === 0) process.once('exit', removeLiving)
    living.add(made)
    return { path: made, remove: () => remove(made) }
  } catch (error) {
    const reason = error instanceof Error && 'code' in error ? String(error.code) : String(error)
    throw new DmError('DM_SCRATCH_UNUSABLE', { folder: place, reason }, { cause: error })
  }
}

/**
 * The path of such a folder that goes when the run is over.
 *
 * @param dispose is given what removes it
 */
export async function makeScratchUntil(
  dispose: (cleanUp: () => Promise<void>) => void,
): Promise<string> {
  const scratch = await makeScratch()
  dispose(scratch.remove)
  return scratch.path
}

async function remove(folder: string): Promise<void> {
  try {
    await rm(folder, { recursive: true, force: true, maxRetries: 3 })
  } catch {
    return // at the end of the process, else by the next run
  }
  living.delete(folder)
  if (living.size === 0) process.off('exit', removeLiving)
}

/** At the end of a process that had no time for anything else, such as at a second Ctrl+C. */
function removeLiving(): void {
  for (const folder of living) {
    try {
      rmSync(folder, { recursive: true, force: true, maxRetries: 3 })
    } catch {
      // The next run removes it.
    }
  }
}

/** Removes what killed runs of this user have left. */
async function removeLeft(place: string): Promise<void> {
  // Where others may rename what is ours, a link could take its place while it is being removed.
  const { mode, uid } = await lstat(place)
  const isSticky = (mode & 0o1000) !== 0
  if (((mode & 0o022) !== 0 && !isSticky) || !(isOurs(uid) || uid === 0)) return
  const machine = await thisMachine()
  for (const name of await readdir(place)) {
    const [, where, pid, began] = form.exec(name) ?? []
    if (where === undefined || pid === undefined || began === undefined) continue
    const folder = path.join(place, name)
    const found = await lstat(folder).catch(() => null)
    if (found === null || !isScratch(found)) continue
    const isOver =
      where === machine && (await hasEnded(Number(pid), began))
        ? true
        : Date.now() - Math.max(found.mtimeMs, found.ctimeMs) > LEFT_MS
    if (isOver) await rm(folder, { recursive: true, force: true }).catch(() => undefined)
  }
}

function isScratch(found: Stats): boolean {
  return found.isDirectory() && isOurs(found.uid) && (found.mode & 0o077) === 0
}

function isOurs(uid: number): boolean {
  return uid === (process.geteuid?.() ?? uid)
}

/** @param began when it began, as `beginOf` told then; its id may be another process's now */
async function hasEnded(pid: number, began: string): Promise<boolean> {
  try {
    process.kill(pid, 0)
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'ESRCH'
  }
  const now = began === '0' ? null : await beginOf(pid)
  return now !== null && now !== began
}

/** When a process of this machine began, in ticks since it was started; null where no system says so. */
async function beginOf(pid: number): Promise<string | null> {
  const text = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '')
  // https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html: (22) starttime; the name before (3) may hold anything.
  return text.slice(text.lastIndexOf(')') + 2).split(' ')[19] ?? null
}

/** Tells where process ids mean the same: one start of one machine, and one container of it. */
async function thisMachine(): Promise<string> {
  const boot = await readFile('/proc/sys/kernel/random/boot_id', 'utf8').catch(() => '')
  const container = await readlink('/proc/self/ns/pid').catch(() => '')
  const told = [hostname(), boot.trim(), container].join('\0')
  return createHash('sha256').update(told).digest('hex').slice(0, 8)
}
