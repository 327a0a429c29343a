import { DmError } from '../errors/dm-error.ts'
import type { Repository } from './repository.ts'
import { runGit } from './run-git.ts'

/** Who makes a commit. */
export interface Identity {
  readonly name: string
  readonly email: string
}

/** The author that git would put into a commit; throws DM_GIT_NO_IDENTITY where it would refuse. */
export async function verifyIdentity(
  repository: Repository,
  signal?: AbortSignal,
): Promise<Identity> {
  await readIdentity(repository, 'GIT_COMMITTER_IDENT', signal)
  return readIdentity(repository, 'GIT_AUTHOR_IDENT', signal)
}

async function readIdentity(
  repository: Repository,
  variable: string,
  signal: AbortSignal | undefined,
): Promise<Identity> {
  const { code, stdout, stderr } = await runGit(repository, ['var', variable], { signal })
  // `Name <email> seconds zone`
  const [, name, email] = /^(.*) <([^<>]*)> \d+ [-+]\d+$/.exec(stdout.toString().trim()) ?? []
  if (code === 0 && name !== undefined && email !== undefined) return { name, email }
  throw new DmError('DM_GIT_NO_IDENTITY', { detail: stderr })
}
