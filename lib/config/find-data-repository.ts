import { readFile, stat } from 'node:fs/promises'
import path from 'node:path'
import { searchPlaces } from './search-places.ts'

/**
 * The data repository that a folder belongs to: the nearest folder upward that holds a config or
 * `manifest.json`, else the root of the git work tree, else the folder itself.
 */
export async function findDataRepository(from: string): Promise<string> {
  let folder = path.resolve(from)
  while (true) {
    if (await holdsConfig(folder)) return folder
    if (await exists(path.join(folder, '.git'))) return folder
    const parent = path.dirname(folder)
    if (parent === folder) return path.resolve(from)
    folder = parent
  }
}

async function holdsConfig(folder: string): Promise<boolean> {
  const files = ['manifest.json', ...searchPlaces.filter((place) => place !== 'package.json')]
  for (const file of files) {
    if (await exists(path.join(folder, file))) return true
  }
  return hasPackageKey(path.join(folder, 'package.json'))
}

async function hasPackageKey(file: string): Promise<boolean> {
  try {
    const content: unknown = JSON.parse(await readFile(file, 'utf8'))
    return typeof content === 'object' && content !== null && 'datamanager' in content
  } catch {
    return false
  }
}

async function exists(file: string): Promise<boolean> {
  return stat(file).then(
    () => true,
    () => false,
  )
}
