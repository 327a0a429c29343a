import { createCatalog } from '../lib/graph/operation.ts'

/** The operations of dm, in the order of the help; each is loaded when it is asked for. */
const inProject = {
  prepare: () => import('./prepare.ts'),
  publish: () => import('./publish.ts'),
  pull: () => import('./pull.ts'),
  diff: () => import('./diff.ts'),
  rollback: () => import('./rollback.ts'),
  rebase: () => import('./rebase.ts'),
  delete: () => import('./delete.ts'),
  withdraw: () => import('./withdraw.ts'),
  prune: () => import('./prune.ts'),
  check: () => import('./check.ts'),
  verify: () => import('./verify.ts'),
  audit: () => import('./audit.ts'),
  cleanup: () => import('./cleanup.ts'),
  list: () => import('./list.ts'),
  status: () => import('./status.ts'),
  log: () => import('./log.ts'),
  graph: () => import('./graph.ts'),
}

/** Those that need no data repository. */
const anywhere = {
  cache: () => import('./cache.ts'),
  init: () => import('./init.ts'),
  completion: () => import('./completion.ts'),
  menu: () => import('./menu.ts'),
}

export const catalog = createCatalog(inProject, anywhere)
