import { DmError } from '../errors/dm-error.ts'
import { isOlder } from '../format/units.ts'
import { type GitOutcome, type GitPlace, runGit } from './run-git.ts'

/** All options used are in this version: `rev-list --no-commit-header` came last. */
const oldest = '2.33'

/** git's exit code for a command line that it does not understand. */
const usageCode = 129

/**
 * The catalogue's failure for a git command that failed; where git does not know an option, its
 * version is the cause. Asked only then: every command would pay for it.
 *
 * @param command git's subcommand
 */
export async function gitFailure(
  place: GitPlace,
  command: string,
  { code, stderr }: Pick<GitOutcome, 'code' | 'stderr'>,
): Promise<DmError> {
  if (code === usageCode) {
    const { stdout } = await runGit(place, ['version'])
    const version = /\d+\.\d+\S*/.exec(stdout.toString())?.[0]
    if (version !== undefined && isOlder(version, oldest)) {
      return new DmError('DM_GIT_TOO_OLD', { version })
    }
  }
  return new DmError('DM_GIT_FAILED', { command, detail: stderr })
}
