import { DmError } from '../errors/dm-error.ts'
import type { Graph } from './graph.ts'

export interface Customization {
  /** The config's changes, by the name of the operation. */
  readonly pipelines: Readonly<Record<string, (graph: Graph) => Graph>>
  /** The config's file, for messages. */
  readonly source: string
  /** The names of all operations. */
  readonly known: readonly string[]
}

/**
 * A graph as a config changes it.
 *
 * @throws DM_CONFIG_UNKNOWN_PIPELINE, DM_CONFIG_PIPELINE_RESULT, DM_GRAPH_…, exit 2
 */
export function customizeGraph(graph: Graph, { pipelines, source, known }: Customization): Graph {
  for (const name of Object.keys(pipelines)) {
    if (!known.includes(name)) {
      throw new DmError('DM_CONFIG_UNKNOWN_PIPELINE', { source, name, known })
    }
  }
  const change = Object.hasOwn(pipelines, graph.id) ? pipelines[graph.id] : undefined
  if (change === undefined) return graph
  const changed: unknown = change(graph)
  if (!isGraph(changed)) throw new DmError('DM_CONFIG_PIPELINE_RESULT', { source, name: graph.id })
  return changed
}

function isGraph(value: unknown): value is Graph {
  return typeof value === 'object' && value !== null && 'kind' in value && value.kind === 'graph'
}
