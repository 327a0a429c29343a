import { graph } from '../lib/graph/graph.ts'
import { operation } from '../lib/graph/operation.ts'
import { datasetArgument } from './dataset-argument.ts'
import { logReport } from './reports/log.ts'
import { openRepository } from './steps/open-repository.ts'
import { readLastFetchedBase } from './steps/read-last-fetched-base.ts'
import { readLog } from './steps/read-log.ts'

/** Shows the versions of a dataset, and who is behind them. */
export default operation({
  name: 'log',
  group: 'Everyday',
  summary: 'Show the versions of a dataset',
  arguments: [datasetArgument],
  examples: ['dm log model.sqlite', 'dm log model.sqlite --json'],
  graph: graph('log', [openRepository, readLastFetchedBase, readLog]),
  report: logReport,
  quick: true,
})
