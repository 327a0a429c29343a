import { Readable } from 'node:stream'
import { DmError } from '../../errors/dm-error.ts'
import type { OpenOptions } from '../store.ts'
import { verifyKey } from '../verify-key.ts'
import type { S3Context } from './context.ts'
import { request } from './request.ts'

/** GET of an object or a range of it. */
export async function openObject(
  context: S3Context,
  key: string,
  { start, end, signal }: OpenOptions,
): Promise<Readable> {
  verifyKey(key)
  const isRange = (start ?? 0) > 0 || end !== undefined
  const input = {
    Bucket: context.name,
    Key: key,
    ...(isRange ? { Range: `bytes=${start ?? 0}-${end ?? ''}` } : {}),
  }
  const subject = { action: `read '${key}'`, key, signal, kind: 'transfer' } as const
  const { Body } = await request(context, subject, ({ sdk, client, options }) =>
    client.send(new sdk.GetObjectCommand(input), options),
  )
  if (Body instanceof Readable) return Body
  const { location } = context
  throw new DmError('DM_STORE_FAILED', {
    location,
    action: subject.action,
    reason: 'no bytes came',
  })
}
