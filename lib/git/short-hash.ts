/** The first 7 digits of a commit's hash: what a manifest's `commit` holds. */
export function shortHash(commit: string): string {
  return commit.slice(0, 7)
}
