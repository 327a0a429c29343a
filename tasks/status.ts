import { graph } from '../lib/graph/graph.ts'
import { parallel } from '../lib/graph/nodes.ts'
import { operation } from '../lib/graph/operation.ts'
import { statusReport } from './reports/status.ts'
import { fetchBase } from './steps/fetch-base.ts'
import { findOrigins } from './steps/find-origins.ts'
import { lookAtPending } from './steps/look-at-pending.ts'
import { readManifest } from './steps/read-manifest.ts'
import { readRetired } from './steps/read-retired.ts'
import { openRepository } from './steps/open-repository.ts'
import { readProposals } from './steps/read-proposals.ts'

/** Shows everything that is pending, and what would come of it. */
export default operation({
  name: 'status',
  group: 'Everyday',
  summary: 'Show what is pending, and where',
  examples: ['dm status', 'dm status --json'],
  graph: graph('status', [
    openRepository,
    fetchBase,
    parallel(readRetired, [readManifest, parallel(findOrigins, readProposals)]),
    lookAtPending,
  ]),
  report: statusReport,
})
