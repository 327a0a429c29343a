import { readdir, readFile } from 'node:fs/promises'
import path from 'node:path'
import { formatBytes } from '../../lib/format/units.ts'
import { dmNames, peerNames } from './names.ts'
import { type Chosen, findRow, type Results, type Row } from './results.ts'
import { median } from './statistics.ts'

/** Results, and the name of their files. */
export interface Kept {
  readonly name: string
  readonly results: Results
}

/** What was kept last in a folder; null: nothing was. */
export async function readNewest(folder: string): Promise<Kept | null> {
  const names = (await readdir(folder)).filter((name) => name.endsWith('.json')).toSorted()
  const newest = names.at(-1)
  if (newest === undefined) return null
  const results = JSON.parse(await readFile(path.join(folder, newest), 'utf8')) as Results
  return { name: path.basename(newest, '.json'), results }
}

const figures = [
  { what: 'prepare its first version', work: 'first-prepare', than: peerNames.aws },
  {
    what: 'prepare 57 changed rows, with their diff',
    work: 'update',
    than: peerNames.predecessor,
  },
  { what: 'pull that version over the one before', work: 'next', than: peerNames.predecessor },
] as const

/** Three figures for the README, of the largest databases for which there are all three: Markdown. */
export function listFigures({ name, results }: Kept): string {
  const { rows, machine, slowLine } = results
  const sizes = [...new Set(rows.map(({ size }) => size))].toSorted((a, b) => b - a)
  for (const size of sizes) {
    const lines = figures.map(({ what, work, than }) => {
      const chosen: Chosen = { work, line: 'slow', size }
      const [ours, theirs] = [findRow(rows, chosen, dmNames.dm), findRow(rows, chosen, than)]
      if (ours === undefined || theirs === undefined) return null
      return `- ${what}: ${show(ours)}; ${than}: ${show(theirs)}`
    })
    if (lines.includes(null)) continue
    const { megabitsPerSecond, delayMs } = slowLine
    const place = `${megabitsPerSecond} Mbit/s and ${delayMs} ms each way, ${machine.cpu}, ${machine.cores} cores`
    return [
      `A database of ${formatBytes(size)} over a line of ${place}`,
      `([all figures](docs/benchmarks/${name}.md), [how they are made](docs/benchmarks/README.md)):`,
      '',
      ...lines,
    ].join('\n')
  }
  throw new Error('no size has all figures')
}

function show({ seconds, sent, received }: Row): string {
  return `${median(seconds).toFixed(1)} s and ${formatBytes((sent ?? 0) + (received ?? 0))}`
}
