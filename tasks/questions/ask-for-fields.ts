import { openFileArgument } from '../../lib/files/file-argument.ts'
import type { Facts } from '../../lib/graph/facts.ts'
import type { Questions } from '../../lib/graph/operation.ts'
import type { Project } from '../../lib/config/open-project.ts'
import { fieldProblem, parseFields } from '../../lib/change/target.ts'
import { verifyHeader } from '../../lib/sqlite/verify-header.ts'

/** Asks for the config's fields that the command line did not give. */
export async function askForFields(
  { cwd, config }: Project,
  { fileArgument = '', datasetName = '', fieldOptions = [] }: Partial<Facts>,
): Promise<Questions> {
  const given = parseFields(config.fields, fieldOptions)
  const open = Object.entries(config.fields).filter(([name]) => given[name] === undefined)
  if (open.length > 0) await verifyFile(cwd, fileArgument, datasetName)
  return {
    list: open.map(([name, field]) => {
      const { prompt = name, pattern, optional = false } = field
      const rule = pattern === undefined ? '' : `, matches ${pattern}`
      return {
        text: `${prompt} [${name}${rule}]`,
        optional,
        problem: (answer) =>
          fieldProblem(name, field, answer) === null
            ? null
            : `'${answer}' is not a value for it: type ${pattern === undefined ? 'one' : `a text that matches ${pattern}`}.`,
      }
    }),
    accept: (answers) => {
      const answered = open.flatMap(([name], index) =>
        answers[index] ? [`${name}=${answers[index]}`] : [],
      )
      return { fieldOptions: [...fieldOptions, ...answered] }
    },
  }
}

/** Looks briefly; the run looks closely, and again, since answers take time. */
async function verifyFile(cwd: string, fileArgument: string, datasetName: string): Promise<void> {
  const file = await openFileArgument(cwd, fileArgument, datasetName)
  try {
    await verifyHeader(file)
  } finally {
    await file.handle.close()
  }
}
