import { graph } from '../lib/graph/graph.ts'
import { operation } from '../lib/graph/operation.ts'
import { graphReport } from './reports/graph.ts'
import { drawGraph } from './steps/draw-graph.ts'

/** Shows what a command does, as the config has it: nothing is run. */
export default operation({
  name: 'graph',
  group: 'Set-up',
  offered: 'never',
  summary: 'Show the steps of a command',
  arguments: [
    { name: 'command', fact: 'commandName', kind: 'command', description: 'a command of dm' },
  ],
  options: [
    {
      flags: '--format <format>',
      fact: 'format',
      description: 'how to draw it',
      choices: ['tree', 'mermaid', 'json'],
      byDefault: 'tree',
    },
  ],
  examples: ['dm graph prepare', 'dm graph publish --format mermaid'],
  graph: graph('graph', [drawGraph]),
  report: graphReport,
  quick: true,
})
