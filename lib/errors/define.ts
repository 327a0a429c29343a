/** The exit codes a failure can have: 1 the operation failed, 2 usage or configuration, 3 integrity. */
export type FailureExit = 1 | 2 | 3

/**
 * One kind of failure.
 *
 * `message` says what happened and names the dataset, file, key or step; `hint` says what to do.
 * Both are plain sentences without secrets; context values are inserted as they are and redacted
 * where they are rendered.
 */
export interface Definition<Context extends object> {
  readonly exit: FailureExit
  readonly message: (context: Context) => string
  readonly hint: (context: Context) => string
}

/** Gives a definition its context type; returns it unchanged. */
export function define<Context extends object>(
  definition: Definition<Context>,
): Definition<Context> {
  return definition
}
