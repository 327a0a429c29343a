import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import {
  formatRetired,
  isSameRetired,
  objectId,
  parseRetired,
  type RetiredList,
  retiredPath,
} from '../../../lib/manifest/retired.ts'
import { failure } from '../../helpers/failure.ts'

const byName = ([a]: [string, number], [b]: [string, number]): number => (a < b ? -1 : 1)

const test = suite('lib/manifest/retired')

const since = '2026-01-02T03:04:05.678Z'
const parse = (content: unknown): RetiredList => {
  const text = typeof content === 'string' ? content : JSON.stringify(content)
  return parseRetired(Buffer.from(text), 'manifest.retired.json')
}
const object = { bucket: 'production', key: 'x/v1-0.sqlite', since }

test('the list lies beside the manifest', () => {
  assert.is(retiredPath('manifest.json'), 'manifest.retired.json')
  assert.is(retiredPath('data/sub.folder/manifest.json'), 'data/sub.folder/manifest.retired.json')
  assert.is(retiredPath('manifest'), 'manifest.retired')
})

test('what is written is read, in an order and with line ends that do not depend on the run', () => {
  const text = `{
  "numbers": {
    "B.sqlite": 2,
    "a.sqlite": 999999999999999
  },
  "objects": [
    {
      "bucket": "internal",
      "key": "z",
      "since": "2026-01-02T03:04:05Z"
    },
    {
      "bucket": "production",
      "key": "a",
      "since": "2026-01-02T03:04:05.678Z"
    },
    {
      "bucket": "production",
      "key": "b",
      "since": "2026-01-02T03:04:05.678Z"
    }
  ]
}
`
  const list = parse(text)
  assert.is(formatRetired(list), text)
  const turned = {
    numbers: new Map([...list.numbers].toReversed()),
    objects: list.objects
      .toReversed()
      .map(({ bucket, key, since: time }) => ({ since: time, key, bucket })),
  }
  assert.is(formatRetired(turned), text)
  assert.ok(isSameRetired(list, turned))
  assert.not.ok(isSameRetired(list, { ...list, objects: list.objects.slice(1) }))
  assert.not.ok(isSameRetired(list, { ...list, numbers: new Map([['B.sqlite', 2]]) }))
})

test('fields that it does not know are left out', () => {
  const list = parse({ numbers: {}, objects: [{ ...object, x: 1 }], more: 1 })
  assert.equal(list, { numbers: new Map(), objects: [object] })
})

test('names of every kind are names', () => {
  const list = parse('{"numbers":{"__proto__":3,"constructor":4,"7":5},"objects":[]}')
  assert.equal([...list.numbers].toSorted(byName), [
    ['7', 5],
    ['__proto__', 3],
    ['constructor', 4],
  ])
  const again = parse(formatRetired(list))
  assert.equal([...again.numbers].toSorted(byName), [...list.numbers].toSorted(byName))
})

test('a bucket and a key are not mistaken for others', () => {
  assert.is.not(objectId({ bucket: 'a', key: 'bc' }), objectId({ bucket: 'ab', key: 'c' }))
})

const numbers = { 'x.sqlite': 1 }
const hostile: Record<string, [unknown, string | RegExp]> = {
  nothing: ['', 'empty'],
  'no text': ['\uFEFF{}', 'byte order mark'],
  'no JSON': ['{"numbers": {}', 'no JSON'],
  'deep nesting': ['['.repeat(100_000), 'no JSON'],
  'a field twice': ['{"numbers":{"x.sqlite":7},"numbers":{},"objects":[]}', 'has a field twice'],
  null: ['null', 'an object'],
  'a number': ['7', 'an object'],
  'an array': [[], 'an object'],
  'no numbers': [{ objects: [] }, 'an object'],
  'no objects': [{ numbers }, 'an object'],
  'numbers that are an array': [{ numbers: [], objects: [] }, 'an object'],
  'numbers that are null': [{ numbers: null, objects: [] }, 'an object'],
  'objects that are none': [{ numbers, objects: {} }, 'an object'],
  ...Object.fromEntries(
    ['1', 0, -1, 1.5, 1e15, null, [], true].map((number) => [
      `the number ${JSON.stringify(number)}`,
      [{ numbers: { 'a.sqlite': 1, 'x.sqlite': number }, objects: [] }, 'whole numbers'] as const,
    ]),
  ),
  'a huge number': ['{"numbers":{"x.sqlite":1e999},"objects":[]}', 'whole numbers'],
  ...Object.fromEntries(
    [
      null,
      'x',
      [],
      { ...object, bucket: 1 },
      { ...object, key: undefined },
      { ...object, since: 1 },
      { ...object, since: undefined },
      { ...object, since: '2026-01-02' },
      { ...object, since: '2026-01-02T03:04:05.678+01:00' },
      { ...object, since: `x${since}` },
      { ...object, since: `+00${since}` },
      { ...object, since: `${since}x` },
      { ...object, since: `(x) ${since}` },
      { ...object, since: `${since} (x)` },
      { ...object, since: [since] },
      { ...object, since: '2026-13-02T03:04:05.678Z' },
    ].map((one) => [
      `the object ${JSON.stringify(one)}`,
      [{ numbers, objects: [object, one] }, `each of 'objects'`] as const,
    ]),
  ),
}
for (const [name, [content, reason]] of Object.entries(hostile)) {
  test(`it is refused: ${name}`, async () => {
    const error = await failure('DM_RETIRED_INVALID', () => parse(content))
    assert.is(error.exit, 3)
    assert.match(error.message, 'manifest.retired.json')
    assert.match(error.context.reason, reason)
  })
}

test('the greatest number is below that of which 1 more is none', () => {
  assert.is(parse({ numbers: { x: 1e15 - 1 }, objects: [] }).numbers.get('x'), 999_999_999_999_999)
})

test('bytes that are no text are refused', async () => {
  await failure('DM_RETIRED_INVALID', () => parseRetired(Buffer.from([0xff, 0xfe]), 'x'))
})

test.run()
