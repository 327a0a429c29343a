import type { Catalog } from '../lib/operation/catalog.ts'
import type { Project } from '../lib/project/open-project.ts'

/**
 * The facts of dm's own graphs: the vocabulary that steps share. `undefined` is an option that was
 * not given.
 */
declare module '../lib/graph/facts.ts' {
  interface Facts {
    // Known before the first step of every graph
    project: Project
    catalog: Catalog

    // graph
    commandName: string
    format: 'tree' | 'mermaid' | 'json'
    drawing: string | object
  }
}
