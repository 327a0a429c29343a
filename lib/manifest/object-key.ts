import type { Dataset, VersionName } from './types.ts'
import { byVersionDescending, versionNumber } from './version-number.ts'

/**
 * Where a new version's bytes will be in its bucket: `<folder>/vN-<sha256>.sqlite`.
 *
 * The folder is that of the predecessor's key, so that a dataset stays together; without a
 * predecessor, the name without `.sqlite`.
 *
 * @param dataset as the manifest has it; null for a new one
 * @param name the dataset's name
 */
export function objectKey(
  dataset: Dataset | null,
  name: string,
  version: VersionName,
  sha256: string,
): string {
  const predecessor = dataset?.history
    .filter((entry) => versionNumber(entry.version) < versionNumber(version))
    .toSorted(byVersionDescending)[0]
  const folder =
    predecessor === undefined ? `${stemOf(name)}/` : folderOf(predecessor.r2_object_key)
  return `${folder}${version}-${sha256}.sqlite`
}

function stemOf(name: string): string {
  return name.replace(/\.sqlite$/, '')
}

/** With the slash at the end; empty for a key without a folder. */
function folderOf(key: string): string {
  return key.slice(0, key.lastIndexOf('/') + 1)
}
