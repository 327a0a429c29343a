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
    resolve: (specifier, context, nextResolve) => {
      if (specifier === ownName) return { url: entry, shortCircuit: true }
      const resolved = nextResolve(specifier, context)
      // Where no package.json says what a .ts file is, node would try CommonJS first and warn.
      const isUnknown = resolved.url.endsWith('.ts') && !resolved.format
      return isUnknown ? { ...resolved, format: 'module-typescript' } : resolved
    },
  })
}
