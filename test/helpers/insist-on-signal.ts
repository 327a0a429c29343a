import type { Store } from '../../lib/store/store.ts'

const behind = new WeakMap<Store, Store>()

/** A store to which nothing may be said without the signal that ends the work. */
export function insistOnSignal(store: Store, signal: AbortSignal): Store {
  const verify = (options: { readonly signal?: AbortSignal | undefined } | undefined): void => {
    if (options?.signal !== signal) throw new Error('the signal was not handed on')
  }
  const insisting: Store = {
    ...store,
    head: (key, options) => {
      verify(options)
      return store.head(key, options)
    },
    open: (key, options) => {
      verify(options)
      return store.open(key, options)
    },
    copy: (from, sourceKey, key, options) => {
      verify(options)
      return store.copy(behind.get(from) ?? from, sourceKey, key, options)
    },
    remove: (key, options) => {
      verify(options)
      return store.remove(key, options)
    },
    now: (options) => {
      verify(options)
      return store.now(options)
    },
    list: (prefix, options) => {
      verify(options)
      return store.list(prefix, options)
    },
  }
  behind.set(insisting, store)
  return insisting
}
