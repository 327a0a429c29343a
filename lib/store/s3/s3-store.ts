import { DmError } from '../../errors/dm-error.ts'
import type { Store } from '../store.ts'
import { createContext, type S3Context } from './context.ts'
import { copyObject, freshenObject } from './copy.ts'
import { headObject, toInfo } from './head.ts'
import { listObjects } from './list.ts'
import { readClock } from './now.ts'
import { openObject } from './open.ts'
import { putFile } from './put.ts'
import { removeObject } from './remove.ts'
import type { S3Settings } from './settings.ts'

/** Lets `copy` find the bucket behind the store that it copies from. */
const contexts = new WeakMap<Store, S3Context>()

/** A bucket of an S3 service. Loads the AWS SDK with the first request. */
export function createS3Store(settings: S3Settings): Store {
  const context = createContext(settings)
  const { bucket, location, repository } = context
  const store: Store = {
    bucket,
    location,
    repository,
    head: async (key, options) => {
      const head = await headObject(context, key, options)
      return head === null ? null : toInfo(head)
    },
    open: (key, options = {}) => openObject(context, key, options),
    put: (key, file, options) => putFile(context, store, key, file, options),
    copy: async (from, sourceKey, key, options) => {
      const source = contexts.get(from)
      if (source === undefined || source.service !== context.service) {
        throw new DmError('DM_STORE_KIND', { from: from.location, to: location })
      }
      return copyObject(context, store, { context: source, key: sourceKey }, key, options)
    },
    remove: (key, options) => removeObject(context, key, options),
    freshen: (key, options) => freshenObject(context, key, options),
    now: (options) => readClock(context, options),
    list: (prefix, options) => listObjects(context, prefix, options),
  }
  contexts.set(store, context)
  return store
}
