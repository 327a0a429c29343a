import path from 'node:path'
import { openFile } from '../files/file-identity.ts'
import { DmError, isDmError } from '../errors/dm-error.ts'
import type { Manifest } from '../manifest/types.ts'
import type { Stores } from '../store/open-stores.ts'
import { chooseWanted, type Wanted } from '../pull/wanted.ts'

/** What is compared: a version of a dataset, or a file. */
export type DiffSide =
  | {
      readonly kind: 'version'
      readonly label: string
      readonly wanted: Wanted
      /** Where it is. */
      readonly stores: Stores
    }
  | { readonly kind: 'file'; readonly label: string; readonly path: string }

/** What can be meant by a name, and where it lies. */
export interface KnownVersions {
  readonly manifest: Manifest
  readonly stores: Stores
}

/** Whether it can only be the path of a file: what a dataset is called holds no slash. */
export function isPath(text: string): boolean {
  return /[/\\]/.test(text)
}

/**
 * What `NAME@vN`, `NAME` or the path of a file means: the path of what a dataset is called like is
 * written with a slash.
 *
 * @param place.known null: there is no data repository, so that only files can be meant
 * @param place.cwd where a relative path starts
 * @param place.root where a data repository was looked for
 * @throws DM_UNKNOWN_DATASET where there is neither a dataset nor a file of that name;
 *   DM_GIT_NO_REPOSITORY where there is no such file, and no data repository either;
 *   DM_UNKNOWN_VERSION, DM_NO_PUBLISHED_VERSION, DM_VERSION_PENDING, DM_USAGE; DM_FILE_…
 */
export async function findSide(
  text: string,
  place: {
    readonly known: KnownVersions | null
    readonly staging: string
    readonly cwd: string
    readonly root: string
  },
): Promise<DiffSide> {
  const { known, staging, cwd, root } = place
  const names = known?.manifest.datasets.map(({ fileName }) => fileName) ?? []
  const name = /^(.+)@[^@]*$/.exec(text)?.[1] ?? text
  if (known === null || isPath(text) || !(names.includes(text) || names.includes(name))) {
    try {
      const { path: file, handle } = await openFile(path.resolve(cwd, text))
      await handle.close()
      return { kind: 'file', label: text, path: file }
    } catch (error) {
      if (isPath(text) || !isDmError(error, 'DM_FILE_MISSING')) throw error
      if (known === null) {
        throw new DmError('DM_GIT_NO_REPOSITORY', { folder: root, detail: '' }, { cause: error })
      }
      throw new DmError('DM_UNKNOWN_DATASET', { dataset: name, known: names }, { cause: error })
    }
  }
  const { manifest, stores } = known
  const request = { manifest, name: text, version: undefined, staging, proposed: false }
  const wanted = chooseWanted(request)
  return { kind: 'version', label: `${wanted.dataset} ${wanted.version}`, wanted, stores }
}
