import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { isSafeKey, verifyKey } from '../../../lib/store/verify-key.ts'
import { failure } from '../../helpers/failure.ts'

const test = suite('lib/store/verify-key')

test('a key is a relative path that every store and system takes for the same', async () => {
  const long = 'ä'.repeat(512)
  for (const key of ['a', 'a/b.sqlite', '..a/b..', '.dmx/a', 'a/.dm', 'ü 漢/%2F', long]) {
    verifyKey(key)
    assert.ok(isSafeKey(key), key)
  }
  for (const [key, problem] of [
    ['', 'an empty path segment'],
    ['/a', 'an empty path segment'],
    ['a//b', 'an empty path segment'],
    ['a/', 'an empty path segment'],
    ['a\ud800', 'not valid Unicode'],
    [`${long}a`, 'longer than 1024 bytes'],
    ['a\\b', 'a backslash'],
    ['a\u0000b', 'a control character'],
    ['a/../b', "'..' as a path segment"],
    ['./a', "'.' or '..'"],
    ['.dm/a', 'reserved'],
    ['.DM', 'reserved'],
  ] as const) {
    assert.not.ok(isSafeKey(key), key)
    const error = await failure('DM_STORE_KEY', () => verifyKey(key))
    assert.match(error.message, problem)
  }
})

test.run()
