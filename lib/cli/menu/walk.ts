import type { Argument, Operation, Option } from '../../graph/operation.ts'
import { type Answers, flagOf } from './command-line.ts'
import { type Guidance, type Step, stepsFor } from './ask-part.ts'
import { back, type Back } from './prompts.ts'

/** The end of a walk, or Esc at its first question. */
export type Outcome = 'done' | Back

/**
 * Asks for what an operation takes, as it declares it: its arguments, the options that are always
 * asked for, and others if they are wanted. Esc goes back to the question before; from `then`, to the
 * last one.
 */
export function walk(
  operation: Operation,
  guidance: Guidance,
  then: (answers: Answers) => Promise<Outcome>,
): Promise<Outcome> {
  const { options } = operation
  const usual = options.filter(({ question }) => typeof question === 'string')
  const further = options.filter(({ question }) => question === undefined)
  const wanted = { further: false }
  const stepsOf = (part: Argument | Option): Step[] => stepsFor(part, operation, guidance)
  const ifWanted = ({ ask }: Step): Step => ({
    ask: async (answers) => (wanted.further ? ask(answers) : null),
  })
  const steps = [
    ...[...operation.arguments, ...usual].flatMap(stepsOf),
    ...(further.length === 0 ? [] : [askWhetherMore(further, wanted, guidance)]),
    ...further.flatMap(stepsOf).map(ifWanted),
  ]
  return askAll(steps, new Map(), guidance, then)
}

async function askAll(
  [step, ...rest]: readonly Step[],
  answers: Answers,
  guidance: Guidance,
  then: (answers: Answers) => Promise<Outcome>,
): Promise<Outcome> {
  if (step === undefined) return then(answers)
  while (true) {
    const answered = await step.ask(answers)
    if (answered === back) return back
    const outcome = await askAll(rest, answered ?? answers, guidance, then)
    // Where there was nothing to ask, there is nothing to go back to.
    if (outcome !== back || answered === null) return outcome
    guidance.prompts.screen.retract()
  }
}

function askWhetherMore(
  further: readonly Option[],
  wanted: { further: boolean },
  { prompts }: Guidance,
): Step {
  const flags = further.map((option) => flagOf(option).flag).join(', ')
  return {
    ask: async (answers) => {
      const message = `Set other options? ${flags}`
      const answer = await prompts.confirm({ message, initial: wanted.further })
      if (answer === back) return back
      wanted.further = answer
      return answers
    },
  }
}
