import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { listFigures } from '../../../scripts/bench/figures.ts'
import { machineSlug } from '../../../scripts/bench/machine.ts'
import { report } from '../../../scripts/bench/report.ts'
import type { Results, Row } from '../../../scripts/bench/results.ts'

const test = suite('scripts/bench/report')

const MIB = 1024 ** 2
const GIB = 1024 ** 3

function row(work: string, contestant: string, more: Partial<Row>): Row {
  const bytes = { size: GIB, fileBytes: GIB, sent: GIB, received: 0, peakBytes: [100 * MIB] }
  return {
    work,
    contestant,
    variant: null,
    line: 'loopback',
    seconds: [1],
    facts: {},
    ...bytes,
    ...more,
  }
}

function results(rows: readonly Row[]): Results {
  return {
    format: 1,
    date: '2026-11-25',
    machine: { cpu: 'AMD EPYC 7B13 Processor', cores: 2, memoryGiB: 8, system: 'linux x64' },
    store: 'a store',
    slowLine: { megabitsPerSecond: 100, delayMs: 20 },
    runs: { loopback: 3, slow: 3 },
    programs: { dm: '1.0.0', rclone: null },
    rows,
  }
}

/** The line about something that was promised. */
function bar(rows: readonly Row[], what: string): string {
  return (
    report(results(rows))
      .split('\n')
      .find((line) => line.includes(`| ${what}`)) ?? 'none'
  )
}

test('a promise is held against ratios turn by turn, by their median', () => {
  const dm = row('first-prepare', 'dm', { seconds: [2, 3, 8], sent: GIB / 8, received: GIB / 16 })
  const aws = row('first-prepare', 'aws s3 cp', { seconds: [4, 4, 10] })
  const time = 'first-prepare: time against aws s3 cp, loopback'
  assert.is(bar([dm, aws], time), `| ✔ | ${time} | 0.80 | 0.75 (0.50 to 0.80) |`)
  const slower = { ...dm, seconds: [4, 3, 9] }
  assert.is(bar([slower, aws], time), `| ✘ | ${time} | 0.80 | 0.90 (0.75 to 1.00) |`)
  const bytes = 'first-prepare: bytes against aws s3 cp'
  assert.is(bar([dm, aws], bytes), `| ✔ | ${bytes} | 0.25 | 0.19 |`)
  assert.is(bar([dm], bytes), 'none')
})

test('each way of changing a version is held against sending it whole', () => {
  const [work, variant] = ['forms: prepare', 'rebuilt'] as const
  const dm = row(work, 'dm', { variant, seconds: [1.2], sent: GIB / 2 })
  const whole = row(work, 'dm, whole', { variant })
  const what = 'forms: prepare, rebuilt: time against dm, whole, loopback'
  assert.is(bar([dm, whole], what), `| ✘ | ${what} | 1.10 | 1.20 |`)
})

test('memory is held against its limit, and time beyond 1 GiB against the size', () => {
  const small = row('memory: pull', 'dm', { seconds: [2] })
  const large = row('memory: pull', 'dm', { size: 4 * GIB, seconds: [8.8], peakBytes: [250 * MIB] })
  assert.is(bar([small], 'memory: pull: peak'), '| ✔ | memory: pull: peak | 238 MiB | 100 MiB |')
  assert.match(bar([large, { ...small, size: 1 }], 'memory: pull: peak'), '| ✘ |')
  const time = 'memory: pull: time against 1 GiB'
  assert.is(bar([small, large], time), `| ✔ | ${time} | 4.50 | 4.40 |`)
})

test('what is not installed is named, and the machine without its name', () => {
  const text = report(results([row('list', 'dm', { sent: null, received: null })]))
  assert.match(text, '- rclone: not installed, not measured\n')
  assert.match(text, '- machine: AMD EPYC 7B13 Processor, 2 cores, 8 GiB, linux x64\n')
  assert.is(machineSlug(results([]).machine), 'amd-epyc-7b13-2-cores')
})

test('the README quotes three figures, of the largest size that has them', () => {
  const slow = { line: 'slow', seconds: [9, 1, 2] } as const
  const rows = (size: number): Row[] => [
    row('first-prepare', 'dm', { ...slow, size, sent: 5 * MIB, received: MIB }),
    row('first-prepare', 'aws s3 cp', { ...slow, size, seconds: [90], sent: size }),
    ...['update', 'next'].flatMap((work) =>
      ['dm', 'predecessor'].map((who) => row(work, who, { ...slow, size })),
    ),
  ]
  const incomplete = rows(4 * GIB).slice(1)
  const complete = { name: 'day', results: results([...rows(GIB), ...incomplete]) }
  const later = { name: 'later', results: results(incomplete) }
  const text = listFigures([later, complete]) ?? ''
  assert.match(text, '(docs/benchmarks/day.md)')
  assert.match(
    text,
    /^A database of 1\.0 GiB over a line of 100 Mbit\/s and 20 ms each way, AMD EPYC/,
  )
  assert.match(
    text,
    '\n- prepare its first version: 2.0 s and 6.0 MiB; aws s3 cp: 90.0 s and 1.0 GiB\n',
  )
  assert.is(text.match(/^- /gm)?.length, 3)
  assert.is(listFigures([later]), null)
})

test.run()
