import type { Facts } from './facts.ts'

/** What a step returns to end the whole run as a success. */
export interface Done {
  readonly kind: 'done'
  readonly reason: string
  readonly facts: Readonly<Record<string, unknown>>
}

/**
 * Ends the whole run as a success: no later step runs, running siblings are stopped. Refused inside
 * of a `forEach`, and while a required step is outstanding, unless the step says `mayEnd`.
 *
 * @param reason shown to the user
 * @param facts what the result needs to know, of the facts that the step provides
 */
export function done(reason: string, facts: Partial<Facts> = {}): Done {
  return { kind: 'done', reason, facts: { ...facts } }
}

export function isDone(value: object): value is Done {
  return 'kind' in value && value.kind === 'done' && 'reason' in value
}
