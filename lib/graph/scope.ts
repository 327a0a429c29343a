import { DmError } from '../errors/dm-error.ts'
import type { Step } from './step.ts'

class Lazy {
  readonly read: () => unknown

  constructor(read: () => unknown) {
    this.read = read
  }
}

/** The facts of one scope; those of the scopes around it can be read, not written. */
export class Scope {
  readonly #facts = new Map<string, unknown>()
  readonly #outer: Scope | null

  constructor(outer: Scope | null, facts: Readonly<Record<string, unknown>>) {
    this.#outer = outer
    for (const [name, value] of Object.entries(facts)) this.#facts.set(name, value)
  }

  has(name: string): boolean {
    return this.#facts.has(name) || (this.#outer?.has(name) ?? false)
  }

  get(name: string): unknown {
    if (!this.#facts.has(name)) return this.#outer?.get(name)
    const value = this.#facts.get(name)
    return value instanceof Lazy ? value.read() : value
  }

  /** Sets a fact that is computed when it is read. */
  setLazily(name: string, read: () => unknown): void {
    this.#facts.set(name, new Lazy(read))
  }

  /** Just the facts that the step declared to need. */
  given(step: Step): Readonly<Record<string, unknown>> {
    const facts: Record<string, unknown> = {}
    for (const need of step.needs) {
      const name = need.endsWith('?') ? need.slice(0, -1) : need
      if (this.has(name)) facts[name] = this.get(name)
    }
    return facts
  }

  /** Adds what a step returned. Throws DM_STEP_FACTS unless that is exactly what it declared. */
  add(step: Step, returned: unknown): void {
    if (typeof returned !== 'object' || returned === null) {
      if (step.provides.length === 0 && returned === undefined) return
      throw new DmError('DM_STEP_FACTS', { step: step.id, problem: 'returned no facts' })
    }
    const missing = step.provides.filter((name) => !Object.hasOwn(returned, name))
    this.#set(step, returned, missing)
  }

  /** Adds some of the facts that a step declared. Throws DM_STEP_FACTS where there are others. */
  addSome(step: Step, facts: object): void {
    this.#set(step, facts, [])
  }

  #set(step: Step, facts: object, missing: readonly string[]): void {
    const extra = Object.keys(facts).filter((name) => !step.provides.includes(name))
    if (missing.length > 0 || extra.length > 0) {
      const parts = [
        missing.length > 0 ? `did not return '${missing.join("', '")}'` : '',
        extra.length > 0 ? `returned the undeclared '${extra.join("', '")}'` : '',
      ]
      const problem = parts.filter(Boolean).join(' and ')
      throw new DmError('DM_STEP_FACTS', { step: step.id, problem })
    }
    for (const [name, value] of Object.entries(facts)) this.#facts.set(name, value)
  }

  /** This scope's own facts. */
  own(): Record<string, unknown> {
    return Object.fromEntries([...this.#facts.keys()].map((name) => [name, this.get(name)]))
  }
}
