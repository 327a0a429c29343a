import { open, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { readChunks } from '../../../lib/files/read-chunks.ts'
import { failure } from '../../helpers/failure.ts'
import { inFolder } from '../../helpers/in-folder.ts'

const test = suite('lib/read-chunks')

const MIB = 1024 * 1024

/** Bytes in which every MiB differs from the one before. */
function sample(bytes: number): Buffer {
  const content = Buffer.alloc(bytes)
  for (let at = 0; at < bytes; at += MIB) content.fill(1 + at / MIB, at)
  return content
}

test('the chunks are the bytes in order, each read while the one before is in use', () =>
  inFolder(async (folder) => {
    const file = path.join(folder, 'file')
    for (const bytes of [0, 1, MIB, 4 * MIB + 7]) {
      await writeFile(file, sample(bytes))
      const handle = await open(file)
      const copies: Buffer[] = []
      for await (const chunk of readChunks(handle, file)) {
        // Long enough for the next read to overwrite this chunk, if it could.
        await new Promise((done) => setTimeout(done, 5))
        copies.push(Buffer.from(chunk))
      }
      await handle.close()
      assert.ok(Buffer.concat(copies).equals(sample(bytes)), `${bytes} bytes`)
    }
  }))

test('it begins at the beginning, wherever the handle stands', () =>
  inFolder(async (folder) => {
    const file = path.join(folder, 'file')
    await writeFile(file, 'content')
    const handle = await open(file)
    await handle.read(Buffer.alloc(3))
    const [chunk] = await Array.fromAsync(readChunks(handle, file), String)
    await handle.close()
    assert.is(chunk, 'content')
  }))

test('no read is left on the handle when the caller stops early', () =>
  inFolder(async (folder) => {
    const file = path.join(folder, 'file')
    await writeFile(file, sample(3 * MIB))
    const handle = await open(file)
    const read = handle.read.bind(handle)
    let underWay = 0
    Object.assign(handle, {
      read: async (buffer: Buffer, offset: number, length: number, position: number) => {
        underWay++
        await new Promise((done) => setTimeout(done, 10))
        const result = await read(buffer, offset, length, position)
        underWay--
        return result
      },
    })
    for await (const chunk of readChunks(handle, file)) {
      assert.equal([chunk.length, underWay], [MIB, 1])
      break
    }
    assert.is(underWay, 0)
    await handle.close()
  }))

test('a read that fails names the file', () =>
  inFolder(async (folder) => {
    const handle = await open(folder)
    const error = await failure('DM_FILE_UNREADABLE', () =>
      Array.fromAsync(readChunks(handle, folder)),
    )
    await handle.close()
    assert.equal(error.context, { file: folder, reason: 'EISDIR' })
  }))

test('an abort ends the reading with its reason', () =>
  inFolder(async (folder) => {
    const file = path.join(folder, 'file')
    await writeFile(file, sample(3 * MIB))
    const handle = await open(file)
    const controller = new AbortController()
    const reason = new Error('stop')
    let chunks = 0
    const read = async (): Promise<void> => {
      for await (const _ of readChunks(handle, file, controller.signal)) {
        chunks++
        controller.abort(reason)
      }
    }
    assert.is(await read().catch((error: unknown) => error), reason)
    await handle.close()
    assert.is(chunks, 1)
  }))

test.run()
