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

/** All that was kept in a folder, the newest first. */
export async function readKept(folder: string): Promise<Kept[]> {
  const names = (await readdir(folder)).filter((name) => name.endsWith('.json'))
  const kept = names.map(async (name) => {
    const results = JSON.parse(await readFile(path.join(folder, name), 'utf8')) as Results
    return { name: path.basename(name, '.json'), results }
  })
  return (await Promise.all(kept)).toSorted((a, b) => (a.name < b.name ? 1 : -1))
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

/**
 * Three figures for the README, of the first results and the largest databases for which there are all
 * three: Markdown; null: there are none.
 */
export function listFigures(kept: readonly Kept[]): string | null {
  for (const one of kept) {
    const list = listOf(one)
    if (list !== null) return list
  }
  return null
}

function listOf({ name, results }: Kept): string | null {
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
  return null
}

function show({ seconds, sent, received }: Row): string {
  return `${median(seconds).toFixed(1)} s and ${formatBytes((sent ?? 0) + (received ?? 0))}`
}
