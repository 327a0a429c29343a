// Builds what is published: a bundle split into chunks, so that a command loads only what it needs,
// the licences of what is in it, and the type declarations of the package's entry point.
import { execFileSync } from 'node:child_process'
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { writeBundle } from './write-bundle.ts'

const root = path.dirname(import.meta.dirname)
const dist = path.join(root, 'dist')
rmSync(dist, { recursive: true, force: true })

const output = await writeBundle(dist)
const modules = output.flatMap((file) => (file.type === 'chunk' ? file.moduleIds : []))
writeFileSync(path.join(dist, 'licences.txt'), collectLicences(modules))

execFileSync('tsc', ['-p', 'tsconfig.build.json'], {
  cwd: root,
  stdio: 'inherit',
  env: {
    ...process.env,
    PATH: `${path.join(root, 'node_modules/.bin')}${path.delimiter}${process.env['PATH']}`,
  },
})

/** Name, version and licence of every package that has a module in the bundle, which keeps no comments. */
function collectLicences(files: readonly string[]): string {
  const folders = files.flatMap((file) => /^.*\/node_modules\/(?:@[^/]+\/)?[^/]+/.exec(file) ?? [])
  const texts = [...new Set(folders)].toSorted().map((folder) => {
    const text = readFileSync(path.join(folder, 'package.json'), 'utf8')
    const { name, version, license } = JSON.parse(text) as Record<string, string>
    const file = readdirSync(folder).find((entry) => /^licen[cs]e/i.test(entry))
    const licence = file === undefined ? '' : readFileSync(path.join(folder, file), 'utf8')
    return `${name} ${version}, ${license}\n\n${licence.trim()}\n`
  })
  return texts.join(`\n${'-'.repeat(80)}\n\n`)
}
