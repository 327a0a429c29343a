import { dmNames, peerNames } from './names.ts'
import { type Chosen, findRow, type LineName, type Row } from './results.ts'
import { median, ratiosOf, type Spread } from './statistics.ts'

/** Something that dm promises, and what was seen of it. */
export interface Seen {
  readonly what: string
  readonly limit: number
  readonly seen: Spread
  /** `bytes`: of memory; else a ratio. */
  readonly unit: 'ratio' | 'bytes'
}

const MEMORY = 250e6
const GIB = 1024 ** 3

/** What was promised and could be seen with databases of a size. */
export function seeBars(rows: readonly Row[], size: number): Seen[] {
  const variants = new Set(rows.map(({ variant }) => variant).filter((one) => one !== null))
  return [
    ...ratioBars.flatMap((bar) => seeRatio(rows, size, bar)),
    ...memoryWorks(rows).flatMap((work) => seeMemory(rows, size, work)),
    ...[...variants].flatMap((variant) =>
      // To publish what was sent whole is a copy inside the store: no promise is made beside that.
      ['prepare', 'pull'].flatMap((step) =>
        (['time', 'bytes'] as const).flatMap((of) =>
          seeRatio(rows, size, {
            of,
            work: `forms: ${step}`,
            variant,
            than: dmNames.whole,
            limit: 1.1,
          }),
        ),
      ),
    ),
  ]
}

interface RatioBar {
  readonly of: 'time' | 'bytes'
  readonly work: string
  readonly variant?: string
  readonly line?: LineName
  readonly ours?: string
  readonly than: string
  readonly limit: number
}

const { aws, predecessor } = peerNames

const ratioBars: readonly RatioBar[] = [
  { of: 'time', work: 'first-prepare', than: aws, limit: 0.8 },
  { of: 'time', work: 'first-prepare', line: 'slow', than: aws, limit: 0.3 },
  { of: 'bytes', work: 'first-prepare', than: aws, limit: 0.25 },
  { of: 'time', work: 'update', than: predecessor, limit: 1 / 8 },
  { of: 'bytes', work: 'update', than: predecessor, limit: 0.002 },
  { of: 'time', work: 'update', line: 'slow', than: predecessor, limit: 1 / 40 },
  { of: 'time', work: 'pull', than: aws, limit: 0.9 },
  { of: 'time', work: 'pull', than: predecessor, limit: 0.6 },
  { of: 'time', work: 'pull', line: 'slow', than: aws, limit: 0.3 },
  { of: 'bytes', work: 'pull', than: aws, limit: 0.25 },
  { of: 'time', work: 'next', than: predecessor, limit: 1 / 2 },
  { of: 'bytes', work: 'next', than: predecessor, limit: 0.005 },
  { of: 'time', work: 'publish', than: aws, limit: 1 },
  { of: 'time', work: 'publish', ours: dmNames.whole, than: dmNames.before, limit: 1 },
]

function seeRatio(rows: readonly Row[], size: number, bar: RatioBar): Seen[] {
  const { of, line = 'loopback', limit, than, ours = dmNames.dm } = bar
  const chosen: Chosen = { work: bar.work, size, line, variant: bar.variant ?? null }
  const [one, other] = [findRow(rows, chosen, ours), findRow(rows, chosen, than)]
  if (one === undefined || other === undefined) return []
  const title = [bar.work, bar.variant, ours === dmNames.dm ? undefined : ours]
  const where = of === 'time' ? (line === 'slow' ? ', slow line' : ', loopback') : ''
  const words = title.filter((word) => word !== undefined).join(', ')
  const what = `${words}: ${of} against ${than}${where}`
  if (of === 'time') {
    return [{ what, limit, seen: ratiosOf(one.seconds, other.seconds), unit: 'ratio' }]
  }
  const ratio = wire(one) / wire(other)
  return [{ what, limit, seen: { median: ratio, least: ratio, most: ratio }, unit: 'ratio' }]
}

/** Both ways. */
function wire({ sent, received }: Row): number {
  return (sent ?? 0) + (received ?? 0)
}

function memoryWorks(rows: readonly Row[]): string[] {
  return [...new Set(rows.map(({ work }) => work))].filter((work) => work.startsWith('memory: '))
}

/** Its peak; and beyond 1 GiB how much longer it takes than that, by so much more than it is larger. */
function seeMemory(rows: readonly Row[], size: number, work: string): Seen[] {
  const row = findRow(rows, { work, size }, dmNames.dm)
  if (row === undefined) return []
  const most = Math.max(...row.peakBytes)
  const peak = { median: median(row.peakBytes), least: Math.min(...row.peakBytes), most }
  const seen: Seen[] = [{ what: `${work}: peak`, limit: MEMORY, seen: peak, unit: 'bytes' }]
  const small = findRow(rows, { work, size: GIB }, dmNames.dm)
  if (small === undefined || size <= GIB) return seen
  const ratio = median(row.seconds) / median(small.seconds)
  const growth = { median: ratio, least: ratio, most: ratio }
  const limit = (4.5 * size) / (4 * GIB)
  return [...seen, { what: `${work}: time against 1 GiB`, limit, seen: growth, unit: 'ratio' }]
}
