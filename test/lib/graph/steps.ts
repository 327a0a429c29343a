import { defineStep, type Step, type StepContext } from '../../../lib/graph/step.ts'

/** Throw-away facts for the engine's tests. */
declare module '../../../lib/graph/facts.ts' {
  interface Facts {
    a: number
    b: number
    c: number
    items: readonly string[]
    item: string
    outcomes: unknown
  }
}

/** A step that provides one number. */
export function gives(
  id: 'a' | 'b' | 'c',
  value: number,
  options: { required?: boolean } = {},
): Step {
  return defineStep({
    ...options,
    id: `give-${id}`,
    title: `Give ${id}`,
    needs: [],
    provides: [id],
    run: () => ({ [id]: value }) as { a: number; b: number; c: number },
  })
}

/** A step without facts that does something. */
export function does(id: string, run: (context: StepContext) => void | Promise<void>): Step {
  return defineStep({
    id,
    title: id,
    needs: [],
    provides: [],
    run: async (_, context) => {
      await run(context)
      return {}
    },
  })
}

/** Resolves after `ms` milliseconds; rejects with the signal's reason where that aborts first. */
export function sleep(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(resolve, ms)
    signal.addEventListener('abort', () => {
      clearTimeout(timer)
      reject(signal.reason as Error)
    })
  })
}
