import { graph } from '../lib/graph/graph.ts'
import { operation } from '../lib/graph/operation.ts'
import { cacheReport } from './reports/cache.ts'
import { clearCache } from './steps/clear-cache.ts'
import { lookAtCache } from './steps/look-at-cache.ts'

/** Shows or clears what is kept of databases on this machine. */
export default operation({
  name: 'cache',
  group: 'Care',
  summary: 'Show or clear the databases that are kept on this machine',
  arguments: [
    {
      name: 'action',
      fact: 'cacheAction',
      question: 'Show or clear it?',
      otherwise: 'show',
      description: 'show (default) or clear',
      choices: ['show', 'clear'],
      optional: true,
    },
  ],
  examples: ['dm cache', 'dm cache clear'],
  inProject: false,
  graph: graph('cache', [lookAtCache, clearCache]),
  report: cacheReport,
  quick: true,
})
