/**
 * The steps that stop when one of them fails: a whole run, or one item of a `forEach` that
 * collects failures.
 */
export class FailureDomain {
  readonly #controller = new AbortController()
  readonly #active = new Set<Promise<void>>()
  readonly #outer: FailureDomain | null
  /** The first failure; the steps that stop because of it do not count. */
  failure: Error | null = null

  /** @param signal aborts this domain from outside */
  constructor(outer: FailureDomain | null, signal: AbortSignal) {
    this.#outer = outer
    const abort = (): void => this.#controller.abort(signal.reason)
    if (signal.aborted) abort()
    else signal.addEventListener('abort', abort, { once: true, signal: this.#controller.signal })
  }

  get signal(): AbortSignal {
    return this.#controller.signal
  }

  /** Stops the steps of this domain without a failure: the run has ended early as a success. */
  stop(): void {
    this.#controller.abort(new Error('The run has ended.'))
  }

  /** Records the first failure and stops the siblings; false where there was one already. */
  fail(error: Error): boolean {
    if (this.failure !== null) return false
    this.failure = error
    this.#controller.abort(error)
    return true
  }

  /** Counts a step as running here and in the domains around, until the returned function is called. */
  enter(): { readonly leave: () => void; readonly others: () => Promise<void> } {
    let leave = (): void => {}
    const running = new Promise<void>((resolve) => (leave = resolve))
    this.#track(running)
    return {
      leave,
      others: async () => {
        const others = [...this.#active].filter((other) => other !== running)
        await Promise.all(others)
      },
    }
  }

  #track(running: Promise<void>): void {
    this.#active.add(running)
    void running.then(() => this.#active.delete(running))
    if (this.#outer !== null) this.#outer.#track(running)
  }
}
