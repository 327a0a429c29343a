import { customizeGraph } from '../../lib/graph/customize-graph.ts'
import { DmError } from '../../lib/errors/dm-error.ts'
import { printJson } from '../../lib/graph/print-json.ts'
import { printMermaid } from '../../lib/graph/print-mermaid.ts'
import { printTree } from '../../lib/graph/print-tree.ts'
import { defineStep } from '../../lib/graph/step.ts'

const printers = { tree: printTree, mermaid: printMermaid, json: printJson }

export const drawGraph = defineStep({
  id: 'draw-graph',
  title: 'Draw the graph',
  needs: ['project', 'catalog', 'commandName', 'format'],
  provides: ['drawing'],
  async run({ project, catalog, commandName, format }) {
    const operation = await catalog.find(commandName)
    if (operation === undefined) {
      throw new DmError('DM_UNKNOWN_COMMAND', { command: commandName, known: catalog.names })
    }
    const graph = customizeGraph(operation.graph, {
      pipelines: project.config.pipelines,
      source: project.source ?? 'The config',
      known: catalog.names,
    })
    return { drawing: printers[format](graph) }
  },
})
