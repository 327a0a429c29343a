import { lstatSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { DmError } from '../errors/dm-error.ts'

const names = ['datamanager.config', '.datamanagerrc']
const endings = ['.ts', '.mts', '.cts', '.js', '.mjs', '.cjs', '.json', '.yaml', '.yml']
const unread = ['.jsonc', '.json5', '.toml']
const places = names.flatMap((name) => [...endings, ...unread].map((ending) => name + ending))

/**
 * The config in a folder, or null. All that look like one count, so that none is passed over in
 * silence.
 *
 * @throws DM_CONFIG_SEVERAL, exit 2
 */
export function findConfig(folder: string): string | null {
  const files = configsIn(folder)
  if (files.length > 1) throw new DmError('DM_CONFIG_SEVERAL', { folder, files })
  return files[0] === undefined ? null : path.join(folder, files[0])
}

/** Refuses a kind of config that is known from other programs, and that dm does not read. */
export function verifyReadable(file: string): void {
  if (!unread.includes(path.extname(file))) return
  throw new DmError('DM_CONFIG_UNREADABLE', { file: path.basename(file), endings })
}

/**
 * The data repository that a folder belongs to, not beyond the root of its git work tree: the nearest
 * folder upward that holds a config; else the nearest that holds the manifest; else that root, else
 * the folder itself. A config counts more than a manifest, since a manifest may lie below the config
 * that names it.
 *
 * @param place.from without links
 * @param place.exact the folder is the data repository, unless a config above says otherwise
 * @param place.manifest where the manifest is, relative to the data repository
 */
export function findDataRepository(place: {
  readonly from: string
  readonly exact: boolean
  readonly manifest: string
}): string {
  const { from, exact, manifest } = place
  const folders = foldersUpward(from)
  const withConfig = folders.find((folder) => configsIn(folder).length > 0)
  if (withConfig !== undefined) return withConfig
  if (exact) return from
  const withManifest = folders.find((folder) => isFile(path.join(folder, manifest)))
  const last = folders.at(-1) ?? from
  return withManifest ?? (isGitRoot(last) ? last : from)
}

function configsIn(folder: string): string[] {
  const files = [...places, '.datamanagerrc'].filter((name) => isFile(path.join(folder, name)))
  return hasPackageKey(path.join(folder, 'package.json')) ? [...files, 'package.json'] : files
}

/** A folder and those around it, up to the root of the git work tree. */
function foldersUpward(from: string): string[] {
  const parent = path.dirname(from)
  return isGitRoot(from) || parent === from ? [from] : [from, ...foldersUpward(parent)]
}

/** `.git` is a file in a linked work tree and in a submodule. */
function isGitRoot(folder: string): boolean {
  return lstatSync(path.join(folder, '.git'), { throwIfNoEntry: false }) !== undefined
}

/** Also a link that leads nowhere, and a file that may not be read: both are told when it is loaded. */
function isFile(file: string): boolean {
  const stats = lstatSync(file, { throwIfNoEntry: false })
  return stats !== undefined && !stats.isDirectory()
}

function hasPackageKey(file: string): boolean {
  if (!isFile(file)) return false
  let text = ''
  try {
    text = readFileSync(file, 'utf8')
    const content: unknown = JSON.parse(text)
    return typeof content === 'object' && content !== null && Object.hasOwn(content, 'datamanager')
  } catch {
    // Broken, perhaps by a merge conflict: what it says of the config is told when it is loaded.
    return text.includes('"datamanager"')
  }
}
