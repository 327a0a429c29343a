import type { Cache } from '../transfer/cache.ts'

/** A database on this machine; its hash is to be checked by whoever reads it. */
export interface Borrowed {
  readonly path: string
  readonly release: () => Promise<void>
}

/** The databases on this machine that versions can be made of. */
export interface Nearby {
  readonly hashes: ReadonlySet<string>
  /** null: it is no longer there. */
  readonly borrow: (sha256: string) => Promise<Borrowed | null>
  /** Something was wrong with what was made of it: where it is another one, nobody is given it again. */
  readonly doubt: (sha256: string, signal?: AbortSignal) => Promise<void>
}

/** @param present a database besides those of the cache, its hash known */
export async function findNearby(
  cache: Cache,
  present: { readonly sha256: string; readonly path: string } | null,
): Promise<Nearby> {
  const hashes = new Set(await cache.names())
  if (present !== null) hashes.add(present.sha256)
  return {
    hashes,
    async borrow(sha256) {
      if (sha256 !== present?.sha256) return cache.lend(sha256)
      return { path: present.path, release: () => Promise.resolve() }
    },
    async doubt(sha256, signal) {
      await (await cache.take(sha256, signal))?.release()
    },
  }
}
