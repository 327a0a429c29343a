import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { decodeText, MAX_MANIFEST_BYTES } from '../../../lib/manifest/parse-manifest.ts'

const test = suite('what is no text of a manifest')

function reasonOf(input: Uint8Array | string): string | undefined {
  const decoded = decodeText(input)
  return 'reason' in decoded ? decoded.reason : undefined
}

test('a part of a larger buffer is read by itself', () => {
  const all = Buffer.from('xx[ü]yy')
  assert.equal(decodeText(new Uint8Array(all.buffer, all.byteOffset + 2, 4)), { text: '[ü]' })
})

test('64 MiB are read, a byte more is not, however the text is given', () => {
  const [fits, tooLarge] = [
    /^must not be empty/,
    /^must not be larger than 67108864 bytes, but has/,
  ]
  assert.match(reasonOf(Buffer.alloc(MAX_MANIFEST_BYTES, ' ')) ?? '', fits)
  assert.match(reasonOf(Buffer.alloc(MAX_MANIFEST_BYTES + 1, ' ')) ?? '', tooLarge)
  assert.match(reasonOf(' '.repeat(MAX_MANIFEST_BYTES)) ?? '', fits)
  // Two bytes each.
  assert.match(reasonOf('ü'.repeat(MAX_MANIFEST_BYTES / 2 + 1)) ?? '', tooLarge)
})

test.run()
