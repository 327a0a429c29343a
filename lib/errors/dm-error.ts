import type { Definition, FailureExit } from './define.ts'
import { definitions, type ErrorCode, type ErrorContext } from './definitions.ts'

/**
 * A failure from the catalogue.
 *
 * It is recognized by its `code`, never by `instanceof`: a team's config may load a second copy of
 * this module.
 */
export class DmError<Code extends ErrorCode = ErrorCode> extends Error {
  override readonly name = 'DmError'
  readonly code: Code
  readonly context: ErrorContext<Code>
  /** What to do about it. */
  readonly hint: string
  /** The exit code of a run that ends with this failure. */
  readonly exit: FailureExit

  /** @param options.cause the failure underneath, shown with `-v` */
  constructor(code: Code, context: ErrorContext<Code>, options: { cause?: unknown } = {}) {
    const definition = definitions[code] as Definition<ErrorContext<Code>>
    super(definition.message(context), options)
    this.code = code
    this.context = context
    this.hint = definition.hint(context)
    this.exit = definition.exit
  }
}

/** Whether a thrown value is a failure from the catalogue, optionally of one code. */
export function isDmError<Code extends ErrorCode>(
  error: unknown,
  code?: Code,
): error is DmError<Code> {
  if (!(error instanceof Error) || error.name !== 'DmError' || !('code' in error)) return false
  return code === undefined || error.code === code
}

/** What is refused, or not as it should be, of one version, or of a dataset as a whole. */
export interface Problem {
  /** From the catalogue, as every failure. */
  readonly code: ErrorCode
  /** `''`: of the manifest as a whole. */
  readonly dataset: string
  /** null: of the dataset as a whole. */
  readonly version: string | null
  readonly message: string
}

/** A failure from the catalogue as the problem of one version: what happened, and what to do. */
export function toProblem(
  { code, message, hint }: DmError,
  { dataset, version }: Pick<Problem, 'dataset' | 'version'>,
): Problem {
  return { code, dataset, version, message: `${message} ${hint}` }
}
