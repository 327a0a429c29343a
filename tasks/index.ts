import { createCatalog } from '../lib/operation/catalog.ts'

/** The operations of dm, in the order of the help; each is loaded when it is asked for. */
export const catalog = createCatalog({
  graph: () => import('./graph.ts'),
})
