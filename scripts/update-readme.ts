/**
 * Puts the graphs that `dm graph` prints, and figures of the newest benchmark, into the README, so that it
 * cannot drift:
 *
 *     node scripts/update-readme.ts
 */
import { execFileSync } from 'node:child_process'
import { readFile, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { listFigures, readKept } from './bench/figures.ts'

const root = path.join(import.meta.dirname, '..')
const readme = path.join(root, 'README.md')

/** The README with the graphs and figures as they are now. */
export async function buildReadme(): Promise<string> {
  const text = await readFile(readme, 'utf8')
  const figures = listFigures(await readKept(path.join(root, 'docs/benchmarks')))
  return text
    .replaceAll(
      /(<!-- graph (\w+) -->\n\n```text\n)[^`]*(```)/g,
      (_, before: string, command: string, after: string) => before + draw(command) + after,
    )
    .replace(
      /(<!-- figures -->\n\n).*?(\n\n<!-- end of figures -->)/s,
      (_, before: string, after: string) => (figures === null ? '' : before + figures + after),
    )
}

function draw(command: string): string {
  const program = path.join(root, 'lib/cli/bin.cjs')
  return execFileSync(process.execPath, [program, 'graph', command], {
    cwd: root,
    encoding: 'utf8',
  })
}

if (import.meta.main) await writeFile(readme, await buildReadme())
