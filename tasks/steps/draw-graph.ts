import { DmError } from '../../lib/errors/dm-error.ts'
import { printJson, printMermaid, printTree } from '../../lib/graph/print-graph.ts'
import { defineStep } from '../../lib/graph/step.ts'
import { graphOf } from '../../lib/graph/operation.ts'

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
    if (operation.graph === null) {
      const problem = `'${commandName}' has no graph: it leads to the other commands.`
      throw new DmError('DM_USAGE', { problem, hint: 'Name one of those: dm --help' })
    }
    const graph = graphOf(operation, project, catalog.inProject)
    return { drawing: printers[format](graph) }
  },
})
