import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { findMutants } from '../../../scripts/mutation/find-mutants.ts'

const test = suite('scripts/mutation/find-mutants')

/** What a source becomes by each of its mutants. */
function changed(source: string): string[] {
  return findMutants('source.ts', source).map(
    ({ start, end, replacement }) => source.slice(0, start) + replacement + source.slice(end),
  )
}

const cases: Record<string, string[]> = {
  'if (a) b()': ['if (true) b()', 'if (false) b()', 'if (a) ;'],
  'const x = a < b': ['const x = a <= b', 'const x = a >= b'],
  'const x = a === b': ['const x = a !== b'],
  'const x = !a': ['const x = (a)'],
  'const x = a && b': ['const x = a', 'const x = b', 'const x = ((a) || (b))'],
  'const x = a ?? b': ['const x = a', 'const x = b'],
  'const x = a ? 0 : true': [
    'const x = true ? 0 : true',
    'const x = false ? 0 : true',
    'const x = a ? 1 : true',
    'const x = a ? 0 : false',
  ],
  'const x = a + 1': ['const x = a - 1', 'const x = a + 2'],
  "const x = a + 'b'": ["const x = a + ''"],
  'const x = `a${b}`': ['const x = ``'],
  'const x = [a, ...b]': ['const x = [ ...b]', 'const x = [a, ]'],
  'const x = { a, b: c }': ['const x = {  b: c }', 'const x = { a,  }'],
  'const x = a.some(b)': ['const x = a.every(b)'],
  'const x = a.filter(b)': ['const x = a'],
  'const x = a?.b': ['const x = a.b'],
  'const x = a?.[b]': ['const x = a[b]'],
  'const x = /^a\\$$/u': ['const x = /a\\$$/u', 'const x = /^a\\$/u'],
  'const x = (a) => b': ['const x = (a) => undefined'],
  'async function f() { await g() }': ['async function f() { ; }'],
  'function f() { throw a }': ['function f() { ; }'],
  'function f() { return null }': [],
  'function f() { return a }': ['function f() { return undefined }'],
  'x += 1': [';', 'x -= 1', 'x += 2'],
  // Neither types, nor names, nor sentences for people.
  "import a from 'b'": [],
  "export * from 'b'": [],
  "type A = 'b' | 1": [],
  "interface A { b: 'c' }": [],
  "const x: 'a' = b as 'c'": [],
  "const x = { title: 'A sentence' }": ['const x = {  }'],
  "function f<T extends 'a'>(): 'b' {}": [],
}

for (const [source, expected] of Object.entries(cases)) {
  test(`the mutants of ${source}`, () => {
    assert.equal(changed(source).toSorted(), expected.toSorted())
  })
}

test('every mutant of real code is code, and is different', async () => {
  const { readFile } = await import('node:fs/promises')
  const { parseSync } = await import('oxc-parser')
  const file = 'scripts/mutation/find-mutants.ts'
  const source = await readFile(file, 'utf8')
  const all = changed(source)
  assert.ok(all.length > 200)
  for (const text of all) {
    assert.equal(parseSync(file, text).errors, [])
    assert.is.not(text, source)
  }
})

test.run()
