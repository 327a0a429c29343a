import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { diffMarkdown } from '../../../../lib/diff/present/markdown.ts'
import { sqlHeader } from '../../../../lib/diff/present/sql-header.ts'
import { diffText } from '../../../../lib/diff/present/text.ts'
import { fits } from '../../../../lib/format/text.ts'
import { cell, diffOf, table, typical } from './scene.ts'

const test = suite('a diff for people')

const text = diffText(typical, { width: Infinity })
const order = (lines: string, words: readonly string[]): void => {
  const places = words.map((word) => lines.indexOf(word))
  assert.equal(
    places,
    places.toSorted((a, b) => a - b),
    words.join(', '),
  )
  assert.not.ok(places.includes(-1), `${words.join(', ')} in\n${lines}`)
}

test('what vanished and what is new comes first, then counts, columns, schema', () => {
  const words = ['Rows changed in 1 of 2 tables: 1 inserted, 3 updated, 2 deleted', 'words']
  const sections = ['Keys that vanished', 'New keys', 'inserted', 'Columns that changed', 'Schema']
  for (const rendered of [
    text,
    diffMarkdown(typical),
    sqlHeader(typical, { title: 'm v1 → v2', withSql: true }),
  ]) {
    order(rendered, [...words, ...sections.filter((word) => word !== 'inserted'), 'Tables without'])
    assert.match(rendered, /1,200 → 1,199/)
  }
  assert.match(text, /cost \(2 of 1,200\): \('coal',2020\), \('coal',2025\)/)
  assert.match(
    text,
    /cost\.value: 3 of 3 updated rows; 1 of them only float noise; largest: 1200 → 636 \(-47%\) at \('wind',2030\)/,
  )
  assert.match(text, /column notes: renamed, formerly note \(of cost\)/)
  assert.match(text, /cost\.notes: .*such as NULL → 'new'/)
})

test('what was not compared is named, and never called equal', () => {
  const left = diffOf([table('a')], { uncompared: [{ name: 'words', reason: 'no module' }] })
  const said = diffText(left, { width: 80 })
  assert.match(said, 'No change in what was compared')
  assert.match(said, 'Not compared: words.')
  assert.match(said, 'words: no module')
  assert.not.match(said, 'No data changed')
  assert.match(diffText(diffOf([table('a')]), { width: 80 }), 'No data changed')
  const analyzed = diffText(
    diffOf([table('a')], { uncompared: [{ name: 'sqlite_stat1', reason: 'made by ANALYZE' }] }),
    { width: 80 },
  )
  assert.match(analyzed, 'No data changed')
  assert.match(analyzed, 'sqlite_stat1')
  const pages = { change: 'changed', object: 'pragma', formerName: null, table: null } as const
  const rebuilt = { ...pages, name: 'page_size', before: '4096', after: '512' }
  assert.match(
    diffText(diffOf([table('a')], { schema: [rebuilt] }), { width: 200 }),
    /No data changed.*4096 → 512/,
  )
  const other = { ...rebuilt, name: 'user_version' }
  assert.not.match(diffText(diffOf([table('a')], { schema: [other] }), { width: 80 }), 'No data')
})

test('it fits on 60 and on 80 columns', () => {
  const long = table('a_table_with_a_name_that_is_longer_than_any_line_of_any_terminal_could_be', {
    inserted: 234_567,
    rowsAfter: 234_577,
  })
  for (const width of [60, 80]) {
    for (const diff of [typical, diffOf([long])]) {
      const lines = diffText(diff, { width })
      // Words are not cut, but in tables.
      const breakable = lines.replaceAll(/^ *\S*a_table_with\S* .*$|^ *\S{50,}$/gm, '')
      assert.ok(fits(breakable, width), lines)
    }
    assert.match(diffText(diffOf([long]), { width }), /…/)
  }
})

test('columns that tables only got are told once, for all of them', () => {
  const names = Array.from({ length: 30 }, (_, at) => `t${at}`)
  const filled = diffOf(
    names.map((name) =>
      table(name, {
        updated: 10,
        columns: [{ name: 'region', rows: 10, noise: 0, largest: [] }],
        changed: [
          {
            key: [cell('1')],
            values: [{ column: 'region', before: cell('NULL'), after: cell(`'US'`) }],
          },
        ],
      }),
    ),
    {
      schema: names.map((name) => ({
        change: 'added',
        object: 'column',
        name: 'region',
        formerName: null,
        table: name,
        before: null,
        after: 'region TEXT',
      })),
    },
  )
  const said = diffText(filled, { width: 100 })
  assert.match(said, /300 updated \(300 only\s+in new columns\)/)
  assert.match(said, /region: a new column, filled in 300 rows of 30 tables/)
  assert.match(said, /column region: added \(of 30 tables: t0, t1,/)
  assert.not.match(said, /\nRows\n/)
  assert.ok(said.split('\n').length < 20, said)
})

test('the head of a stored diff says what the SQL is worth, or shows rows in its place', () => {
  const title = 'm v1 → v2'
  const sql = { path: '/x', bytes: 9, lines: 700, proof: 'applied' } as const
  const applied = sqlHeader({ ...typical, sql }, { title, withSql: true })
  assert.match(applied, 'applied to a copy of the old database it gives the new one')
  const touched = sqlHeader(
    { ...typical, sql: { ...sql, proof: 'touched' } },
    { title, withSql: true },
  )
  assert.match(touched, 'was not applied to a copy')
  const long = sqlHeader({ ...typical, sql }, { title, withSql: false })
  assert.match(long, /700 lines: too long/)
  assert.match(long, /cost: The first 4 of 6 rows\n--\s+- value=7/)
  const none = sqlHeader(
    { ...typical, sql: { reason: 'the encoding changed' } },
    { title, withSql: false },
  )
  assert.match(none, 'There is no SQL: the encoding changed.')
  assert.ok(long.split('\n').every((line) => line === '' || line.startsWith('--')))
})

const evil = [
  'a\nDROP TABLE t;',
  '*/ x',
  '-- y',
  '\u001b[31mred',
  '\u202egnp',
  '| a | b |',
  '</details><script>',
  '[x](http://evil.example)',
  '![x](y)',
  '@everybody',
  '#12',
  '$a$',
  ':tada:',
  '`code`',
  '\r.shell rm',
]

/** What is a line end is looked for by its consequences. */
const steering = /[^\P{Cc}\n]|\u202e/u

test('names and values of a hostile database steer nothing', () => {
  for (const name of evil) {
    const of = (key: string): { key: ReturnType<typeof cell>[]; values: never[] } => ({
      key: [cell(key)],
      values: [],
    })
    const diff = diffOf(
      [
        table(name, {
          deleted: 1,
          updated: 1,
          inserted: 1,
          vanished: [of(name)],
          appeared: [{ key: [cell(name)], values: [{ column: name, cell: cell(name) }] }],
          changed: [
            {
              key: [cell(name)],
              values: [{ column: name, before: cell(name), after: cell(name) }],
            },
          ],
          columns: [{ name, rows: 1, noise: 0, largest: [] }],
        }),
        table(`${name}2`),
      ],
      {
        uncompared: [{ name, reason: name }],
        schema: [
          {
            change: 'changed',
            object: 'view',
            name,
            formerName: name,
            table: name,
            before: name,
            after: name,
          },
        ],
        sql: { reason: name },
      },
    )
    const plain = diffText(diff, { width: 80 })
    assert.not.match(plain, steering)
    assert.not.match(plain, /^DROP/m)
    const head = sqlHeader(diff, { title: name, withSql: false })
    assert.ok(
      head.split('\n').every((line) => line === '' || line.startsWith('--')),
      head,
    )
    assert.not.match(head, steering)
    const markdown = diffMarkdown(diff, { title: name })
    assert.not.match(markdown, /<script|[^\\]`|[^\\]\]\(|@e|#12|\$a|:tada|^DROP/m)
    assert.not.match(markdown, steering)
    assert.is(markdown.match(/<details>/g)?.length, markdown.match(/<\/details>/g)?.length)
    const rows = markdown.split('\n').filter((line) => line.startsWith('| '))
    assert.ok(
      rows.every((row) => row.replaceAll('\\|', '').match(/\|/g)?.length === 6),
      rows.join('\n'),
    )
  }
})

test('what is long is collapsed in Markdown, and what is too long is left out', () => {
  const many = diffOf(Array.from({ length: 400 }, (_, at) => table(`t${at}`, { inserted: 1 })))
  const markdown = diffMarkdown(many)
  assert.match(markdown, '<details><summary>388 more</summary>\n\n| table |')
  assert.ok(markdown.length < 40_000)
  assert.match(markdown, /250 more\./)
})

test.run()
