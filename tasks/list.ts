import { graph } from '../lib/graph/graph.ts'
import { operation } from '../lib/graph/operation.ts'
import { listReport } from './reports/list.ts'
import { listDatasets } from './steps/list-datasets.ts'
import { openRepository } from './steps/open-repository.ts'
import { readLastFetchedBase } from './steps/read-last-fetched-base.ts'

/** Shows the datasets and their latest versions. */
export default operation({
  name: 'list',
  aliases: ['list-datasets'],
  group: 'Everyday',
  summary: 'List the datasets and their latest versions',
  examples: ['dm list', 'dm list --json'],
  graph: graph('list', [openRepository, readLastFetchedBase, listDatasets]),
  report: listReport,
  quick: true,
})
