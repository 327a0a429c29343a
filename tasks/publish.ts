import { graph } from '../lib/graph/graph.ts'
import { forEach, parallel } from '../lib/graph/nodes.ts'
import { operation } from '../lib/graph/operation.ts'
import { publishReport } from './reports/publish.ts'
import { fetchBase } from './steps/fetch-base.ts'
import { findOrigins } from './steps/find-origins.ts'
import { finalizeManifest } from './steps/finalize-manifest.ts'
import { holdAgainstBuckets } from './steps/hold-against-buckets.ts'
import { identifyAuthor } from './steps/identify-author.ts'
import { readManifest } from './steps/read-manifest.ts'
import { readRetired } from './steps/read-retired.ts'
import { listBuckets } from './steps/list-buckets.ts'
import { openRepository } from './steps/open-repository.ts'
import { planPublication } from './steps/plan-publication.ts'
import { promoteObject } from './steps/promote-object.ts'
import { sweep } from './steps/sweep.ts'
import { verifyComplete } from './steps/verify-complete.ts'

/** Publishes everything that is pending on the base. */
export default operation({
  name: 'publish',
  group: 'Everyday',
  summary: 'Publish everything that has been merged',
  examples: ['dm publish', 'dm publish --dry-run', 'dm publish --json'],
  graph: graph('publish', [
    openRepository,
    identifyAuthor,
    fetchBase,
    parallel(readRetired, [readManifest, parallel(listBuckets({ whole: false }), findOrigins)]),
    holdAgainstBuckets, // what is published must be there
    planPublication,
    forEach('publications', [promoteObject], {
      as: 'publication',
      into: 'promotions',
      title: ({ dataset, version }) => `${dataset} ${version}`,
      concurrency: 4,
      onError: 'collect',
    }),
    finalizeManifest, // commit and push, with its own retry
    sweep, // only now, when the commit that gives it up is pushed
    verifyComplete,
  ]),
  report: publishReport,
})
