import path from 'node:path'
import { openFile } from '../files/file-identity.ts'
import { DmError, isDmError } from '../errors/dm-error.ts'
import type { Manifest } from '../manifest/types.ts'
import { chooseWanted, type Wanted } from '../pull/wanted.ts'

/** What is compared: a version of a dataset, or a file. */
export type DiffSide =
  | { readonly kind: 'version'; readonly label: string; readonly wanted: Wanted }
  | { readonly kind: 'file'; readonly label: string; readonly path: string }

/**
 * What `NAME@vN`, `NAME` or the path of a file means: the path of what a dataset is called like is
 * written with a slash.
 *
 * @param cwd where a relative path starts
 * @throws DM_UNKNOWN_DATASET where there is neither a dataset nor a file of that name;
 *   DM_UNKNOWN_VERSION, DM_NO_PUBLISHED_VERSION, DM_VERSION_PENDING, DM_USAGE; DM_FILE_…
 */
export async function findSide(
  text: string,
  { manifest, staging, cwd }: { manifest: Manifest; staging: string; cwd: string },
): Promise<DiffSide> {
  const isPath = /[/\\]/.test(text)
  const known = manifest.datasets.map(({ fileName }) => fileName)
  const name = /^(.+)@[^@]*$/.exec(text)?.[1] ?? text
  if (isPath || !(known.includes(text) || known.includes(name))) {
    try {
      const { path: file, handle } = await openFile(path.resolve(cwd, text))
      await handle.close()
      return { kind: 'file', label: text, path: file }
    } catch (error) {
      if (isPath || !isDmError(error, 'DM_FILE_MISSING')) throw error
      throw new DmError('DM_UNKNOWN_DATASET', { dataset: name, known }, { cause: error })
    }
  }
  const request = { manifest, name: text, version: undefined, staging, proposed: false }
  const wanted = chooseWanted(request)
  return { kind: 'version', label: `${wanted.dataset} ${wanted.version}`, wanted }
}
