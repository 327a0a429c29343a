import type { ObjectInfo, RequestOptions } from '../store.ts'
import type { S3Context } from './context.ts'
import { headObject, toInfo, verifyBucket } from './head.ts'
import { request } from './request.ts'

/** DELETE of an object; S3 answers the same whether there was one, so it is looked for before. */
export async function removeObject(
  context: S3Context,
  key: string,
  options: RequestOptions = {},
): Promise<ObjectInfo | null> {
  const head = await headObject(context, key, options)
  if (head === null) {
    await verifyBucket(context, options)
    return null
  }
  const subject = { action: `remove '${key}'`, key, signal: options.signal }
  await request(context, subject, ({ sdk, client, options: sendOptions }) =>
    client.send(new sdk.DeleteObjectCommand({ Bucket: context.name, Key: key }), sendOptions),
  )
  return toInfo(head)
}
