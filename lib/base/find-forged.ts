import { deepen } from '../git/deepen.ts'
import { walkFirstParents } from '../git/history.ts'
import type { Repository } from '../git/repository.ts'
import { givenUpBetween, isExplained } from '../manifest/retire.ts'
import { objectId, type RetiredObject, retiredPath } from '../manifest/retired.ts'
import { isReadable, readState, type State } from './read-retired.ts'

/** How far the clock of a store and that of whoever commits may be apart, in milliseconds. */
const tolerance = 24 * 60 * 60 * 1000

/**
 * Of objects on the list, those that no publication put there, or that are said to be on it for
 * longer than the commit that put them there. `readRetired` looks at the newest change of the file
 * only; what is due for removal must have come there as it should, since its removal is final.
 *
 * An object that somebody else's change took off, and a publication put back, has been there all
 * along.
 *
 * @param commit the tip of the base
 * @param path of the manifest, relative to the data repository
 * @param objects on the list of that commit
 * @returns their ids (`objectId`)
 */
export async function findForged(
  repository: Repository,
  commit: string,
  path: string,
  objects: readonly RetiredObject[],
  signal?: AbortSignal,
): Promise<ReadonlySet<string>> {
  const open = new Map(objects.map((object) => [objectId(object), object]))
  const forged = new Set<string>()
  for await (const change of walkFirstParents(repository, commit, [retiredPath(path)], signal)) {
    if (open.size === 0) break
    if ('cut' in change) {
      await deepen(repository, 'all', signal)
      return findForged(repository, commit, path, objects, signal)
    }
    const after = await readState(repository, change.commit, path, signal)
    const before = await readState(repository, change.parents[0] ?? null, path, signal)
    // A publication may have written back other objects in the same commit.
    const isGiven =
      before.manifest !== undefined && after.manifest !== undefined
        ? givenUpBetween(before.manifest, after.manifest)
        : () => false
    const isByPublication = isReadable(before) && isReadable(after) && isExplained(before, after)
    const now = sinceOf(after)
    const then = sinceOf(before)
    for (const [id, { bucket, key, since }] of open) {
      const came = now.get(id) === since && then.get(id) !== since
      const went = now.get(id) !== since && then.get(id) === since
      if (came) {
        const isInTime = Date.parse(since) >= change.time.getTime() - tolerance
        // Where it was no publication that brought it, it may have been there before.
        if (isGiven({ bucket, key }) && isInTime) open.delete(id)
      } else if (went && isByPublication) {
        forged.add(id)
        open.delete(id)
      }
    }
  }
  return new Set([...forged, ...open.keys()])
}

function sinceOf({ retired }: State): ReadonlyMap<string, string> {
  return new Map(retired?.objects.map((object) => [objectId(object), object.since]))
}
