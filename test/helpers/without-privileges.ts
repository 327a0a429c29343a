/** A user that owns no file of a test: `nobody` on most systems. */
export const STRANGER = 65_534

/**
 * Runs work as a user for whom permissions count: root reads and writes everything. It changes the
 * whole process meanwhile; whoever is not root stays who it is.
 */
export async function withoutPrivileges<Result>(work: () => Promise<Result>): Promise<Result> {
  const isRoot = process.geteuid?.() === 0
  if (isRoot) process.seteuid?.(STRANGER)
  try {
    return await work()
  } finally {
    if (isRoot) process.seteuid?.(0)
  }
}
