// Measures dm beside what people would use instead, in turn on one store, and prints medians, ratios,
// bytes over the wire and peak memory:
//
//   npm run bench -- [--size 20MiB,1GiB,4GiB] [--only WORK,…] [--runs 5]
//
//   --size           of the databases; default 20MiB
//   --only           which work; default all: WORKS
//   --line           loopback, slow; default both
//   --runs           how often each is done, of which medians are taken; default 5
//   --slow-runs      the same over the slow line; default as --runs
//   --mbit           of the slow line, each way; default 100
//   --delay          what every byte takes longer on it, each way, in ms; default 20
//   --store          ceph: started here, in memory, needs root (default); ceph-disk: the same on disk, for
//                    what takes more than 8 GiB; s3rver: slow, within this process; or the address on this machine of an S3 service with the buckets `staging` and
//                    `production`, both empty, its keys in AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY
//   --before DIR     a clone with an older build, measured as well
//   --databases DIR  keeps the databases there, and takes those that are there
//   --save           keeps the results in docs/benchmarks, under the day and the machine
//   --label WORD     and this word, for a further run of that day
//
//   npm run bench -- --growth DIR [--scale 1]
//
// instead, how time and memory grow with the history, the manifest and the open branches, in repositories
// that are made in DIR (some two minutes, 700 MB) and kept for the next time.
//
//   npm run bench -- --looking DIR
//
// instead, what log, status and audit take for 2,000 versions, in a repository that is made as DIR and
// kept, and that many objects in the store.
//
// Build first: npm run build. Nothing else stays, also after Ctrl+C. docs/benchmarks says how to read what
// is printed. What is measured is what `npm run build` has made.
import { readFileSync } from 'node:fs'
import { mkdir, mkdtemp, realpath, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { createCleanup } from './bench/cleanup.ts'
import { measureGrowth } from './bench/growth.ts'
import { installDm } from './bench/install-dm.ts'
import { measureLooking } from './bench/looking.ts'
import { machineSlug } from './bench/machine.ts'
import { workNames } from './bench/names.ts'
import { parseOptions } from './bench/options.ts'
import { report } from './bench/report.ts'
import type { Results } from './bench/results.ts'
import { runBench } from './bench/run-bench.ts'
import { openService } from './bench/service.ts'

const root = path.join(import.meta.dirname, '..')
const options = parseOptions(process.argv.slice(2), process.env)
const stopped = new AbortController()
const cleanup = createCleanup()

async function main(): Promise<void> {
  const { growth, looking } = options
  const folder = await realpath(await mkdtemp(path.join(tmpdir(), 'dm-bench-')))
  cleanup.add(() => rm(folder, { recursive: true, force: true }))
  if (growth !== null) {
    const program = await installDm(root, folder)
    await measureGrowth(program, path.resolve(growth.folder), growth.scale)
  } else if (looking !== null) {
    const program = await installDm(root, folder)
    const service = await openService(options.store, cleanup)
    await measureLooking(program, path.resolve(looking), service)
  } else {
    const say = (sentence: string): void => void process.stderr.write(`${sentence}\n`)
    let last: Results | null = null
    try {
      for await (const results of runBench(options, folder, cleanup, stopped.signal, say)) {
        last = results
        if (options.save) await save(results)
      }
    } finally {
      if (last !== null) process.stdout.write(report(last))
    }
  }
}

async function save(results: Results): Promise<void> {
  const folder = path.join(root, 'docs/benchmarks')
  const words = [results.date, machineSlug(results.machine), options.label]
  const file = path.join(folder, words.filter((word) => word !== null).join('-'))
  await mkdir(folder, { recursive: true })
  await writeFile(`${file}.md`, report(results))
  await writeFile(`${file}.json`, `${JSON.stringify(results, null, 2)}\n`)
}

function help(): string {
  const source = readFileSync(import.meta.filename, 'utf8')
  const head = source.slice(0, source.indexOf('\nimport')).replaceAll(/^\/\/ ?/gm, '')
  return `${head.replace('WORKS', workNames.join(', '))}\n`
}

if (options.help) {
  process.stdout.write(help())
} else {
  const codes = { SIGINT: 130, SIGTERM: 143 }
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.on(signal, () => {
      process.exitCode = codes[signal]
      stopped.abort(new Error('stopped'))
    })
  }
  try {
    await main()
  } catch (error) {
    // Then the exit code says it.
    if (!stopped.signal.aborted) throw error
  } finally {
    await cleanup.run()
  }
}
