import type { ListedObject, RequestOptions } from '../store.ts'
import { isSafeKey } from '../verify-key.ts'
import type { S3Context } from './context.ts'
import { request } from './request.ts'

/** Lists by pages of up to 1000 objects, which come in the order of their keys' bytes. */
export async function* listObjects(
  context: S3Context,
  prefix: string,
  { signal }: RequestOptions = {},
): AsyncGenerator<ListedObject, void, undefined> {
  let token: string | undefined
  do {
    const input = {
      Bucket: context.name,
      Prefix: prefix,
      ...(token === undefined ? {} : { ContinuationToken: token }),
    }
    const page = await request(context, { action: 'list', signal }, ({ sdk, client, options }) =>
      client.send(new sdk.ListObjectsV2Command(input), options),
    )
    for (const { Key: key, Size: bytes = 0, LastModified: modified } of page.Contents ?? []) {
      if (key !== undefined && isSafeKey(key)) {
        yield { key, bytes, modified: modified ?? new Date(0) }
      }
    }
    token = page.IsTruncated === true ? page.NextContinuationToken : undefined
  } while (token !== undefined)
}
