import { type GitPlace, runGit } from './run-git.ts'

/** The commit that a full reference name (`refs/…`, or `HEAD`) points to, or null. */
export async function resolveRef(
  place: GitPlace,
  ref: string,
  signal?: AbortSignal,
): Promise<string | null> {
  const args = ['rev-parse', '--verify', '--quiet', '--end-of-options', `${ref}^{commit}`]
  const { code, stdout } = await runGit(place, args, { signal })
  return code === 0 ? stdout.toString().trim() : null
}
