import type { ErrorCode } from '../../lib/errors/definitions.ts'
import { isDmError, type DmError } from '../../lib/errors/dm-error.ts'

/** The failure with that code which the work must end in; anything else fails the test. */
export async function failure<Code extends ErrorCode>(
  code: Code,
  work: () => unknown,
): Promise<DmError<Code>> {
  let thrown: unknown
  try {
    await work()
  } catch (error) {
    thrown = error
  }
  if (!isDmError(thrown, code)) throw new Error(`expected ${code}`, { cause: thrown })
  return thrown
}
