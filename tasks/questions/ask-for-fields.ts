import type { Facts } from '../../lib/graph/facts.ts'
import type { Questions } from '../../lib/operation/operation.ts'
import type { Project } from '../../lib/project/open-project.ts'
import { fieldProblem } from '../../lib/proposal/target.ts'

/** Asks for the config's fields that the command line did not give. */
export function askForFields({ config }: Project, input: Partial<Facts>): Questions {
  const given = input.fieldOptions ?? []
  const open = Object.entries(config.fields).filter(
    ([name]) => !given.some((text) => text.startsWith(`${name}=`)),
  )
  return {
    list: open.map(([name, field]) => ({
      text: field.prompt ?? name,
      optional: field.optional ?? false,
      problem: (answer) => fieldProblem(name, field, answer),
    })),
    accept: (answers) => {
      const answered = open.flatMap(([name], index) =>
        answers[index] ? [`${name}=${answers[index]}`] : [],
      )
      return { fieldOptions: [...given, ...answered] }
    },
  }
}
