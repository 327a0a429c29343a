import type { Operation } from './operation.ts'

/** All operations, each loaded only when it is asked for. */
export interface Catalog {
  readonly names: readonly string[]
  /** The operation of that name or alias, or undefined. */
  readonly find: (name: string) => Promise<Operation | undefined>
  /** Every operation, in the order of the help. */
  readonly all: () => Promise<readonly Operation[]>
}

type Loaders = Readonly<Record<string, () => Promise<{ default: Operation }>>>

/** @param loaders how to load each operation, by its name */
export function createCatalog(loaders: Loaders): Catalog {
  const all = async (): Promise<Operation[]> =>
    Promise.all(Object.values(loaders).map(async (load) => (await load()).default))
  return {
    names: Object.keys(loaders),
    find: async (name) => {
      const load = Object.hasOwn(loaders, name) ? loaders[name] : undefined
      if (load !== undefined) return (await load()).default
      // Only an alias, or a mistake, costs loading them all.
      return (await all()).find((operation) => operation.aliases.includes(name))
    },
    all,
  }
}
