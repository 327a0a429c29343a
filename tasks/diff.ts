import { graph } from '../lib/graph/graph.ts'
import { operation } from '../lib/graph/operation.ts'
import { diffReport } from './reports/diff.ts'
import { bringDatabases } from './steps/bring-databases.ts'
import { compareDatabases } from './steps/compare-databases.ts'
import { findSides } from './steps/find-sides.ts'
import { readDifferingRows } from './steps/read-differing-rows.ts'
import { readKnownVersions } from './steps/read-known-versions.ts'
import { sendSql } from './steps/send-sql.ts'

/** Shows how two databases differ, row by row. */
export default operation({
  name: 'diff',
  group: 'Everyday',
  summary: 'Show how two databases differ, row by row',
  arguments: [
    {
      name: 'before',
      fact: 'diffBefore',
      kind: 'item',
      question: 'Which one first?',
      otherwise: 'the latest',
      description: 'the one: NAME@vN, NAME for its latest version, or a file',
    },
    {
      name: 'after',
      fact: 'diffAfter',
      kind: 'item',
      question: 'And which one is compared with it?',
      otherwise: 'the latest',
      description: 'the other one',
    },
  ],
  options: [
    { flags: '--full', fact: 'fullWanted', description: 'with all rows', byDefault: false },
    {
      flags: '--format <format>',
      fact: 'diffFormat',
      description: 'in another form; sql turns the first into the second',
      choices: ['sql', 'markdown', 'json'],
    },
    {
      flags: '--prove',
      fact: 'proveWanted',
      description: 'apply the SQL to a copy of the first, and compare that with the second',
      byDefault: false,
    },
  ],
  examples: [
    'dm diff model.sqlite@v1 model.sqlite',
    'dm diff model.sqlite ./build/model.sqlite --full',
    'dm diff ./old.sqlite ./new.sqlite --format sql > new.sql',
  ],
  graph: graph('diff', [
    readKnownVersions,
    findSides,
    bringDatabases,
    compareDatabases,
    readDifferingRows,
    sendSql,
  ]),
  report: diffReport,
  sendsData: ({ diffFormat }) => diffFormat === 'sql',
})
