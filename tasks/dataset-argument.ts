import type { Argument } from '../lib/graph/operation.ts'

/** Of a command that is about one dataset, by its name alone. */
export const datasetArgument: Argument = {
  name: 'name',
  fact: 'datasetName',
  kind: 'dataset',
  question: 'Which dataset?',
  description: 'the dataset',
}
