import { registerHooks } from 'node:module'

const ownName = '@openenergyoutlook/datamanager'

/** The package's entry point: this file's neighbour in the sources, a chunk beside it in the bundle. */
const entry = new URL(
  import.meta.url.endsWith('.ts') ? '../index.ts' : './index.js',
  import.meta.url,
).href

let registered = false

/**
 * Lets a config import `@openenergyoutlook/datamanager` from the very copy that is running: also
 * where the data repository has not installed it, and never a second copy of it.
 */
export function resolveOwnPackage(): void {
  if (registered) return
  registered = true
  registerHooks({
    resolve: (specifier, context, nextResolve) =>
      specifier === ownName ? { url: entry, shortCircuit: true } : nextResolve(specifier, context),
  })
}
