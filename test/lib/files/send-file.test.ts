import { writeFile } from 'node:fs/promises'
import path from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { sendFile, type Sink } from '../../../lib/files/send-file.ts'
import { failure } from '../../helpers/failure.ts'
import { inFolder } from '../../helpers/in-folder.ts'

const test = suite('lib/files/send-file')
const { signal } = new AbortController()
const content = Buffer.alloc(3 * 1024 * 1024 + 5, 'abc')

/** Sends a file of 3 MiB. */
function send(sink: Sink, options: { signal?: AbortSignal } = {}): Promise<void> {
  return inFolder(async (folder) => {
    const file = path.join(folder, 'file')
    await writeFile(file, content)
    await sendFile(file, sink, options.signal ?? signal)
  })
}

function fails(code: string): Sink {
  return () => Promise.reject(Object.assign(new Error(`${code}: no`), { code }))
}

test('all bytes are sent in order, each piece when there is room for it', async () => {
  const pieces: Buffer[] = []
  let busy = false
  await send(async (bytes) => {
    assert.not.ok(busy)
    busy = true
    pieces.push(Buffer.from(bytes))
    await new Promise((resolve) => setTimeout(resolve, 5))
    busy = false
  })
  assert.ok(Buffer.concat(pieces).equals(content))
})

test('a reader that went away is no failure, and gets nothing more; any other loss is', async () => {
  let asked = 0
  await send(async (bytes) => {
    asked++
    await fails('EPIPE')(bytes)
  })
  assert.is(asked, 1)
  const error = await failure('DM_OUTPUT_LOST', () => send(fails('ENOSPC')))
  assert.equal([error.exit, error.context.reason], [1, 'ENOSPC: no'])
})

test('an abort ends the wait for a reader that has stopped reading', async () => {
  const controller = new AbortController()
  const reason = new Error('stop')
  const sending = send(
    () => {
      setTimeout(() => controller.abort(reason), 5)
      return new Promise(() => {})
    },
    { signal: controller.signal },
  )
  assert.is(await sending.catch((error: unknown) => error), reason)
})

test.run()
