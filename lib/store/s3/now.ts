import type { RequestOptions } from '../store.ts'
import type { S3Context } from './context.ts'
import { request } from './request.ts'

/** The server's clock, from the header of an answer; its own where it sends none. */
export async function readClock(
  context: S3Context,
  { signal }: RequestOptions = {},
): Promise<Date> {
  let date: string | undefined
  await request(context, { action: 'list', signal }, ({ sdk, client, options }) => {
    const command = new sdk.ListObjectsV2Command({ Bucket: context.name, MaxKeys: 1 })
    command.middlewareStack.add(
      (next) => async (args) => {
        const result = await next(args)
        date = readHeader(result.response, 'date')
        return result
      },
      { step: 'deserialize', priority: 'low', name: 'readDate' },
    )
    return client.send(command, options)
  })
  const time = new Date(date ?? '')
  return Number.isNaN(time.getTime()) ? new Date() : time
}

function readHeader(response: unknown, name: string): string | undefined {
  if (typeof response !== 'object' || response === null || !('headers' in response))
    return undefined
  const value = (response.headers as Record<string, unknown>)[name]
  return typeof value === 'string' ? value : undefined
}
