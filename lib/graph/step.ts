import type { FactName, Facts, Given, Need } from './facts.ts'

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

/** How far a step has come: a line of text, or an amount of bytes. */
export type Progress = string | { readonly done: number; readonly total: number }

/** A sentence for the user besides the result; a failure of the catalogue is one, with its remedy. */
export interface Notice {
  /** `DM_…`: scripts may depend on it. */
  readonly code: string
  readonly message: string
  readonly hint?: string
}

/** What the engine gives a step besides its facts. */
export interface StepContext {
  /** Aborts when the run is interrupted or another step has failed. */
  readonly signal: AbortSignal
  /** Shows progress; call it as often as you like. */
  readonly report: (progress: Progress) => void
  /** Tells the user something that still matters when the run is over. */
  readonly notice: (notice: string | Notice) => void
  /** Registers a clean-up that runs when the run is over, however it ends; the last one first. */
  readonly dispose: (cleanUp: () => void | Promise<void>) => void
}

/** Why a step is not run, and the facts that stand in for those it would have provided. */
export interface Skipped<P extends FactName> {
  readonly reason: string
  readonly facts: Pick<Facts, P>
}

type Outcome<P extends FactName> = Pick<Facts, P> | Done

interface BaseStep<N extends Need, P extends FactName> {
  /** Unique in a graph; a config names the step by it. Verb first: `hash-file`. */
  readonly id: string
  /** What the user reads while it runs, imperative: `Hash the file`. */
  readonly title: string
  readonly needs: readonly N[]
  readonly provides: readonly P[]
  /** Keeps data safe: a config can add around it, never remove or replace it. */
  readonly required?: boolean
  /**
   * May end the run as a success, with `done`, although required steps are still to come. Counts
   * only in a step of the operation's own graph, not in one that a config has added.
   */
  readonly mayEnd?: boolean
  /** What it reports is to be read: each line stays on the screen. */
  readonly lists?: boolean
  /** Whether the step need not run, and what stands in for its facts. */
  readonly skip?: (
    facts: Given<N>,
    context: StepContext,
  ) => Skipped<P> | undefined | Promise<Skipped<P> | undefined>
  /** Does the work and returns exactly the facts of `provides`. */
  readonly run: (facts: Given<N>, context: StepContext) => Outcome<P> | Promise<Outcome<P>>
}

interface ReadingStep<N extends Need, P extends FactName> extends BaseStep<N, P> {
  readonly mutates?: false
}

interface MutatingStep<N extends Need, P extends FactName> extends BaseStep<N, P> {
  /** Changes the world: a dry run calls `plan` instead of `run`. */
  readonly mutates: true
  /** Read-only; returns the same facts as `run` would. */
  readonly plan: (facts: Given<N>, context: StepContext) => Outcome<P> | Promise<Outcome<P>>
  /** What is different in the world after `run`, shown where a later step fails; null: nothing. */
  readonly changed?: (facts: Given<N> & Pick<Facts, P>) => string | null
}

/** The smallest unit of a graph: needs facts, provides facts. */
export type StepDefinition<N extends Need, P extends FactName> =
  | ReadingStep<N, P>
  | MutatingStep<N, P>

type Bag = Readonly<Record<string, unknown>>

/** A step as graphs hold it: the types of its facts were checked where it was defined. */
export interface Step {
  readonly kind: 'step'
  readonly id: string
  readonly title: string
  readonly needs: readonly string[]
  readonly provides: readonly string[]
  readonly required: boolean
  readonly mutates: boolean
  readonly mayEnd: boolean
  readonly lists: boolean
  readonly skip?: (
    facts: Bag,
    context: StepContext,
  ) =>
    | { reason: string; facts: Bag }
    | undefined
    | Promise<{ reason: string; facts: Bag } | undefined>
  readonly run: (facts: Bag, context: StepContext) => Bag | Done | Promise<Bag | Done>
  readonly plan?: (facts: Bag, context: StepContext) => Bag | Done | Promise<Bag | Done>
  readonly changed?: (facts: Bag) => string | null
}

/** Defines a step; its facts are typed by `needs` and `provides`. */
export function defineStep<const N extends Need = never, const P extends FactName = never>(
  definition: StepDefinition<N, P>,
): Step {
  // The engine hands a step exactly the facts that it needs, so the narrower parameter types hold.
  // Frozen, as every node: a config gets the operation's own steps into its hands.
  return Object.freeze({
    ...(definition as unknown as Step),
    kind: 'step',
    needs: Object.freeze([...definition.needs]),
    provides: Object.freeze([...definition.provides]),
    required: definition.required ?? false,
    mutates: definition.mutates ?? false,
    mayEnd: definition.mayEnd ?? false,
    lists: definition.lists ?? false,
  })
}
