import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { eachInParallel } from '../../lib/store/each-in-parallel.ts'
import { generateRepository } from '../generate-repository.ts'
import { type Cost, run } from './growth.ts'
import { openBucket, REGION, REPOSITORY, type Service } from './service.ts'
import { median } from './statistics.ts'

const DATASETS = 20
const VERSIONS = 2000
const RUNS = 9

/**
 * Measures what looks and changes nothing, in a repository of 2,000 versions, and prints each beside
 * its bar: `log` and `status` against `list`, and `audit` of the service's bucket.
 *
 * @param folder where the repository is made, once
 */
export async function measureLooking(
  program: string,
  folder: string,
  service: Service,
): Promise<void> {
  if (!existsSync(folder)) {
    const size = { publications: 0, branches: 0, objects: true }
    await generateRepository(folder, { datasets: DATASETS, versions: VERSIONS / DATASETS, ...size })
  }
  const clone = path.join(folder, 'work')
  const commands = { list: ['list'], log: ['log', 'model-1.sqlite'], status: ['status'] }
  const times: Record<keyof typeof commands, number[]> = { list: [], log: [], status: [] }
  // In turn, so that whatever else the machine does meets all of them.
  for (let turn = 0; turn < RUNS; turn++) {
    for (const name of ['list', 'log', 'status'] as const) {
      times[name].push(run(program, clone, commands[name]).seconds)
    }
  }
  const list = median(times.list)
  const log = median(times.log)
  printRow(log <= 1.5 * list, `log against list: ${ratio(log, list)} (at most 1.5)`)
  const status = median(times.status)
  // It asks the remote besides: here a folder, and no wait.
  process.stdout.write(`  status against list: ${ratio(status, list)}\n`)
  const config = await fill(folder, service)
  for (const options of [[], ['--full']]) {
    const args = ['audit', '--config', config, ...options]
    const costs: Cost[] = Array.from({ length: 3 }, () => run(program, clone, args))
    const seconds = median(costs.map((cost) => cost.seconds))
    const megabytes = Math.max(...costs.map((cost) => cost.megabytes))
    const bars = options.length > 0 ? '' : ' (at most 20)'
    printRow(
      megabytes <= 150 && (options.length > 0 || seconds <= 20),
      `${['audit', ...options].join(' ')} of ${VERSIONS} versions: ${seconds.toFixed(2)} s${bars}, ${megabytes.toFixed(0)} MB (at most 150)`,
    )
  }
}

function ratio(one: number, other: number): string {
  return `${one.toFixed(3)} s against ${other.toFixed(3)} s, ratio ${(one / other).toFixed(2)}`
}

function printRow(isKept: boolean, text: string): void {
  process.stdout.write(`${isKept ? '✔' : '✘'} ${text}\n`)
}

/** Puts the repository's objects into the service's bucket; returns a config that names it. */
async function fill(folder: string, service: Service): Promise<string> {
  const store = openBucket(service, 'production')
  const manifest = JSON.parse(
    readFileSync(path.join(folder, 'work', 'manifest.json'), 'utf8'),
  ) as readonly { history: readonly { sha256: string; r2_object_key: string }[] }[]
  const entries = manifest.flatMap(({ history }) => history)
  const { signal } = new AbortController()
  await eachInParallel(entries, 16, signal, async ({ sha256, r2_object_key: key }) => {
    await store.put(key, path.join(folder, 'store', 'production', key), { stamp: { sha256 } })
  })
  const config = path.join(folder, 'service.json')
  const storage = { type: 's3', endpoint: service.endpoint, region: REGION }
  const buckets = { staging: { name: 'staging' }, production: { name: 'production' } }
  writeFileSync(config, JSON.stringify({ storage, buckets, repository: REPOSITORY }))
  return config
}
