import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { ManifestProblem } from '../../../lib/manifest/problem.ts'
import { failure } from '../../helpers/failure.ts'
import { dataset, published, read, sha, upload } from './samples.ts'

const test = suite('lib/manifest/parse-manifest: problems')

async function problemsOf(input: Uint8Array | string): Promise<readonly ManifestProblem[]> {
  return (await failure('DM_MANIFEST_INVALID', () => read(input))).context.problems
}

/** Each problem in short: `line:column path: reason`. */
async function told(input: Uint8Array | string): Promise<string[]> {
  const problems = await problemsOf(input)
  return problems.map(({ line, column, path, reason }) => `${line}:${column} ${path}: ${reason}`)
}

test('broken JSON is told with the place where it breaks', async () => {
  const cases: [text: string, expected: string][] = [
    ['[\n  {"fileName": "a.sqlite"\n  "history": []}\n]', "3:3 : must be ',' or '}'"],
    ['[{"fileName": "a.sqlite", "history": []},\n]', '2:1 : must be a JSON value'],
    ['[{\n"fileName": \'a\'}]', '2:13 : must be a JSON value'],
    ['[{fileName: 1}]', '1:3 : must be a field name in double quotes'],
    ['[{"a" 1}]', "1:7 : must be ':' after a field name"],
    ['[{"a": "b\n"}]', '1:10 : must not be a line end or control character inside a text'],
    ['[{"a": "b}]', "1:8 : must end with '\"', but this text never ends"],
    ['[{"a": "\\x"}]', "1:8 : must not contain a '\\' that begins no escape sequence"],
    ['[{"a": [1', '1:10 : must not end here'],
    ['[{"a": ', '1:8 : must not end here'],
    ['[{"a": 01}]', '1:8 : must be a JSON value'],
    ['[{"a": NaN}]', '1:8 : must be a JSON value'],
    ['[]\n[]', '2:1 : must end here, but more text follows'],
  ]
  for (const [text, expected] of cases) assert.equal(await told(text), [expected], text)
})

test('the conflict that git left is named, not the JSON that it broke', async () => {
  const side = (name: string): string => `  {"fileName": "${name}.sqlite", "history": []}`
  for (const begin of ['<<<<<<< HEAD', '<<<<<<<']) {
    for (const newline of ['\n', '\r\n']) {
      const lines = ['[', begin, side('a'), '=======', side('b'), '>>>>>>> theirs', ']', '']
      assert.equal(await told(lines.join(newline)), [
        '2:1 : must be merged: here begins a conflict that git left',
      ])
    }
  }
})

test('a text that only looks like a conflict, inside a description, is no problem', () => {
  const text = JSON.stringify([dataset([published(1, { description: '<<<<<<< HEAD' })])])
  assert.not.throws(() => read(text))
})

test('what is no text at all is told', async () => {
  const good = JSON.stringify([dataset([published(1)])])
  assert.equal(await told(''), ["1:1 : must not be empty: a new manifest is '[]'"])
  assert.equal(await told(' \r\n\t\n'), ["1:1 : must not be empty: a new manifest is '[]'"])
  const bom = '1:1 : must not begin with a byte order mark: save it as UTF-8 without BOM'
  assert.equal(await told(`\uFEFF${good}`), [bom])
  assert.equal(await told(Buffer.from(`\uFEFF${good}`)), [bom])
  const latin1 = Buffer.from(good.replace('The v1', 'Größe'), 'latin1')
  assert.equal(await told(latin1), ['1:1 : must be UTF-8 text'])
  assert.equal(await told(Buffer.from(good, 'utf16le')), ['1:2 : must be a JSON value'])
  const large = Buffer.alloc(64 * 1024 * 1024 + 1, ' ')
  assert.match((await told(large))[0] ?? '', /must not be larger than 67108864 bytes/)
})

test('what a description says makes a manifest no pointer and no conflict', async () => {
  const description = 'version https://git-lfs.github.com/spec/v1 <<<<<<< HEAD'
  const good = JSON.stringify([dataset([published(1, { description })])])
  assert.not.throws(() => read(good))
  assert.equal(await told(`${good}]`), [
    `1:${good.length + 1} : must end here, but more text follows`,
  ])
})

test('anything but an array of objects is told', async () => {
  for (const text of ['null', '{}', '7', '"x"', '{"length": 1}']) {
    assert.equal(await told(text), ['1:1 : must be an array of datasets'], text)
  }
  for (const item of ['null', '"x"', '7', '[]']) {
    assert.equal(await told(`[${item}]`), ['1:2 [0]: must be an object that describes a dataset'])
    const [problem, ...rest] = await told(`[{"fileName": "a.sqlite", "history": [${item}]}]`)
    assert.is(problem, '1:39 [0].history[0]: must be an object that describes a version')
    assert.equal(rest, [])
  }
})

test('a version that is no text is told once, however often it is there', async () => {
  const history = [published(1, { version: 7 as never }), published(2, { version: 7 as never })]
  const problems = await told(JSON.stringify([dataset(history)]))
  assert.is(problems.length, 2)
  for (const problem of problems) assert.match(problem, 'must be v and a number from 1')
})

test('no more than 1000 problems are told, the first ones, and hostile text is not looked through', async () => {
  const few = Array.from({ length: 999 }, () => 0)
  assert.match(
    (await failure('DM_MANIFEST_INVALID', () => read(JSON.stringify(few)))).message,
    ': 999 problems.',
  )
  const twice = dataset([published(1, { sha256: 'x' })])
  const many = JSON.stringify(Array.from({ length: 1500 }, () => twice))
  const error = await failure('DM_MANIFEST_INVALID', () => read(many))
  assert.match(error.message, ': 1000 problems or more.')
  assert.is(error.context.problems.length, 1000)
  const last = error.context.problems.at(-1)
  assert.is(last?.path, '[500].fileName')
  const before = process.cpuUsage()
  await problemsOf(`[${'0,'.repeat(1_900_000)}0]`)
  assert.ok(process.cpuUsage(before).user < 1_500_000)
})

test('a Git LFS pointer is named as such', async () => {
  const pointer = `version https://git-lfs.github.com/spec/v1\noid sha256:${sha(1)}\nsize 123\n`
  const error = await failure('DM_MANIFEST_LFS_POINTER', () => read(pointer))
  assert.is(error.exit, 3)
  assert.match(error.message, 'manifest.json is a Git LFS pointer')
  assert.match(error.hint, 'git lfs untrack')
})

test('deep nesting is refused before it exhausts the stack', async () => {
  const nested = (levels: number): string =>
    `[{"fileName":"a.sqlite","history":[],"x":${'['.repeat(levels)}${']'.repeat(levels)}}]`
  assert.not.throws(() => read(nested(60)))
  for (const levels of [64, 200_000]) {
    const [problem] = await problemsOf(nested(levels))
    assert.match(problem?.reason ?? '', 'must not be nested deeper than 64 levels')
  }
})

test('a field that is there twice is told at its second place', async () => {
  const text =
    '[{"fileName": "a.sqlite",\n  "fileName": "b.sqlite", "history": [],\n  "x": {"y": 1, "y": 1}}]'
  assert.equal(await told(text), [
    '2:3 [0].fileName: must not be there twice: the object has this field already',
    '3:17 [0].x.y: must not be there twice: the object has this field already',
  ])
})

test('a field that is there twice in two spellings is told too', async () => {
  const text = '[{"fileName":"a.sqlite","history":[],"\\u0078":1,"x":2}]'
  assert.equal(await told(text), [
    '1:49 [0].x: must not be there twice: the object has this field already',
  ])
})

test('two datasets of one name, ignoring case, are told', async () => {
  const text = JSON.stringify(
    [
      dataset([]),
      dataset([], { fileName: 'other.sqlite' }),
      dataset([], { fileName: 'Model.SQLite' }),
    ],
    null,
    2,
  )
  assert.equal(await told(text), [
    '11:17 [2].fileName: must be unique, ignoring case: another dataset has this name',
  ])
})

test('two entries of one version are told', async () => {
  const [problem, ...rest] = await problemsOf(
    JSON.stringify([dataset([published(1), published(1)])]),
  )
  assert.equal(rest, [])
  assert.is(problem?.path, '[0].history[1].version')
  assert.match(problem?.reason ?? '', 'must be unique in its dataset')
})

test('the keys of a pending entry must name its own bytes', async () => {
  const history = [
    upload(3, {
      r2_object_key: 'model/v3.sqlite',
      staging_key: `staging-uploads/${sha(1)}.sqlite`,
    }),
  ]
  const problems = await problemsOf(JSON.stringify([dataset(history)]))
  assert.equal(
    problems.map(({ path }) => path),
    ['[0].history[0].r2_object_key', '[0].history[0].staging_key'],
  )
  assert.match(problems[0]?.reason ?? '', `must contain the version's own SHA-256, ${sha(3)}`)

  const delta = `staging-uploads/0a1b2c3d/${sha(1)}-from-${sha(3)}.delta`
  const [foreign, ...rest] = await problemsOf(
    JSON.stringify([dataset([upload(3, { staging_key: delta })])]),
  )
  assert.equal([foreign?.path, rest], ['[0].history[0].staging_key', []])
})

test('a text that stands where a hash belongs is not repeated in a message', async () => {
  const control = '\u001b[2J::warning::'
  const error = await failure('DM_MANIFEST_INVALID', () =>
    read(JSON.stringify([dataset([upload(1, { sha256: control })])])),
  )
  assert.not.match(error.message, '::warning::')
  assert.equal(
    error.context.problems.map(({ path }) => path),
    ['[0].history[0].sha256'],
  )
  for (const odd of [`${sha(1)}${control}`, `${control}${sha(1)}`, [sha(1)]]) {
    const text = JSON.stringify([
      dataset([upload(1, { sha256: odd as never, r2_object_key: 'a' })]),
    ])
    assert.match((await told(text)).join(), /^[^;]*: must be 64 lower-case hex digits$/)
  }
})

test('every problem is told at once, in the order of the text', async () => {
  const text = JSON.stringify([
    { fileName: '../a.sqlite', bucket: 'Production' },
    dataset([published(1, { sha256: 'ABC' }), published(1, { commit: 'HEAD' })], {
      status: 'gone' as never,
    }),
    7,
  ])
  assert.equal(
    (await problemsOf(text)).map(
      ({ path, reason }) => `${path}: ${reason.split(' ').slice(0, 5).join(' ')}`,
    ),
    [
      "[0]: must have the field 'history'",
      '[0].fileName: must be a file name:',
      '[0].bucket: must be the name of',
      '[1].history[0].sha256: must be 64 lower-case hex',
      '[1].history[1].version: must be unique in its',
      '[1].history[1].commit: must be pending-merge or the',
      '[1].status: must be pending-deletion, or absent',
      '[2]: must be an object that',
    ],
  )
})

test('the message of what is no text names the file, that of broken JSON keeps its cause', async () => {
  const empty = await failure('DM_MANIFEST_INVALID', () => read(''))
  assert.match(empty.message, 'manifest.json:1:1 must not be empty')
  const broken = await failure('DM_MANIFEST_INVALID', () => read('['))
  assert.match((broken.cause as Error).message, 'must not end here')
})

test('the message names file, line, column, path and reason, and cuts a long list', async () => {
  const one = await failure('DM_MANIFEST_INVALID', () => read('[\n  {"fileName": "a.sqlite"}\n]'))
  assert.is(one.exit, 3)
  assert.is(
    one.message,
    "manifest.json is not a valid manifest: 1 problem.\n  manifest.json:2:3 [0]: must have the field 'history'",
  )
  const many = await failure('DM_MANIFEST_INVALID', () => read(JSON.stringify(Array(60).fill(0))))
  assert.match(many.message, '60 problems')
  assert.match(many.message, /… and 10 more$/)
  assert.not.match(many.message, '[50]')
})

test.run()
