import { graph } from '../lib/graph/graph.ts'
import { operation } from '../lib/graph/operation.ts'
import { roles } from '../lib/store/roles.ts'
import { verifyReport } from './reports/verify.ts'
import { openRepository } from './steps/open-repository.ts'
import { probeBuckets } from './steps/probe-buckets.ts'
import { verifyRights } from './steps/verify-rights.ts'

/** Finds out by doing it what the key at hand may do in each bucket, and whether that is right. */
export default operation({
  name: 'verify',
  group: 'Care',
  summary: 'Try what your key may do in each bucket',
  options: [
    {
      flags: '--role <role>',
      fact: 'role',
      question: 'Whose rights should they be?',
      description: 'whose rights they should be',
      choices: [...roles],
      byDefault: 'developer',
    },
  ],
  examples: ['dm verify', 'dm verify --role publisher --json'],
  graph: graph('verify', [openRepository, probeBuckets, verifyRights]),
  report: verifyReport,
})
