import { readFile } from '../git/read-file.ts'
import type { Repository } from '../git/repository.ts'
import { emptyManifest } from '../manifest/empty-manifest.ts'
import { parseManifest } from '../manifest/parse-manifest.ts'
import type { Manifest } from '../manifest/types.ts'

/**
 * Reads the manifest of a commit as a git object, never from the work tree.
 *
 * @param path relative to the data repository
 * @throws DM_MANIFEST_…, exit 3, where it is not a valid manifest
 */
export async function readManifestAt(
  repository: Repository,
  commit: string | null,
  path: string,
  signal?: AbortSignal,
): Promise<Manifest> {
  if (commit === null) return emptyManifest
  const content = await readFile(repository, commit, path, { signal })
  if (content === null) return emptyManifest
  return parseManifest(content, { source: `${path} in ${commit.slice(0, 7)}` })
}
