import { fetchBaseCommit } from '../../../lib/git/base.ts'
import {
  hasRemote,
  type WithRemote,
  openRepository,
  type Repository,
} from '../../../lib/git/repository.ts'
import { isDmError } from '../../../lib/errors/dm-error.ts'
import type { ErrorCode } from '../../../lib/errors/definitions.ts'
import type { DmError } from '../../../lib/errors/dm-error.ts'
import { gitTestEnvironment } from '../../helpers/git-test-environment.ts'
import { temporaryFolder } from '../../helpers/temporary-folder.ts'

/** A test body that gets a folder of its own, removed afterwards. */
export function inFolder(body: (folder: string) => Promise<void>): () => Promise<void> {
  return async () => {
    const { folder, remove } = await temporaryFolder()
    try {
      await body(folder)
    } finally {
      await remove()
    }
  }
}

/** Opens a repository with the default names and without this machine's settings. */
export function open(
  cwd: string,
  { env = {}, base = 'main' }: { env?: Record<string, string>; base?: string } = {},
): Promise<Repository> {
  return openRepository({ cwd, env: { ...gitTestEnvironment, ...env }, remote: 'origin', base })
}

/** As `open`, for a repository that must have a remote. */
export async function openWithRemote(cwd: string): Promise<WithRemote> {
  const repository = await open(cwd)
  if (!hasRemote(repository)) throw new Error(`${cwd} has no remote`)
  return repository
}

/** The failure of this code that the promise must end in. */
export async function failureOf<Code extends ErrorCode>(
  promise: Promise<unknown>,
  code: Code,
): Promise<DmError<Code>> {
  const outcome = await promise.then(
    (value) => ({ value }),
    (error: unknown) => ({ error }),
  )
  if (!('error' in outcome)) throw new Error(`${code} was expected, but nothing failed`)
  if (isDmError(outcome.error, code)) return outcome.error
  throw outcome.error
}

/** The base of the remote, freshly fetched; null: it has none. */
export async function baseOf(repository: Repository): Promise<string | null> {
  const fetched = await fetchBaseCommit(repository)
  return fetched.state === 'fetched' ? fetched.commit : null
}
