// Makes a data repository of any size for measurements: its history comes from one
// `git fast-import`, its databases are real, and a few bytes each.
//
//   node scripts/generate-repository.ts FOLDER [--datasets 10] [--versions 1] [--publications 0]
//                                              [--branches 0] [--no-objects]
//
//   --datasets      how many datasets there are
//   --versions      how many versions each of them has since the first commit
//   --publications  how many more were published since, one by one, dataset after dataset: each is two
//                   commits of the base, a merged proposal and its publication
//   --branches      how many open branches propose one more version, with staged bytes
//   --no-objects    leave the store empty
//
// Ten databases, published nightly for a year and a half: --publications 5000 (takes a minute and a
// half). A manifest of 21 MB: --datasets 1000 --versions 50 (takes seconds). FOLDER must not exist yet;
// it gets the bare `remote.git`, the clone `work`, and the folder store `store`, which the committed
// config names. The objects lack our stamps, as those that another tool has written do.
import { execFileSync, spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { mkdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { parseArgs } from 'node:util'
import { objectKey } from '../lib/manifest/keys.ts'
import { parseManifest } from '../lib/manifest/parse-manifest.ts'
import { planDatasetPages } from '../lib/publication/dataset-page.ts'

export interface RepositorySize {
  readonly datasets: number
  /** Of each dataset, in the first commit. */
  readonly versions: number
  /** One after another since then. */
  readonly publications: number
  readonly branches: number
  /** Whether the store has the objects. */
  readonly objects: boolean
}

/** A dataset while it grows: the texts of its entries, newest first. */
interface GrowingDataset {
  readonly name: string
  readonly entries: readonly string[]
}

/** In seconds since 1970; every commit is a minute after the one before. */
const BEGIN = 1_700_000_000

const BASE = 'refs/heads/main'

/** Options of `git clone`: who commits in the clone. */
export const identity = ['-c', 'user.name=Ada', '-c', 'user.email=ada@example.org']

/** Makes the repository in a new folder; returns the path of its clone. */
export async function generateRepository(folder: string, size: RepositorySize): Promise<string> {
  const remote = path.join(folder, 'remote.git')
  mkdirSync(folder)
  execFileSync('git', ['init', '--quiet', '--bare', '--initial-branch=main', remote])
  const store = path.resolve(folder, 'store')
  const makeVersion = versionMaker(folder, size.objects ? store : null)
  const stream = spawn('git', ['-C', remote, 'fast-import', '--quiet', '--done'], {
    stdio: ['pipe', 'inherit', 'inherit'],
  })
  const ended = once(stream, 'exit') as Promise<[number | null]>
  for (const part of history(size, store, makeVersion)) {
    if (!stream.stdin.write(part)) await once(stream.stdin, 'drain')
  }
  stream.stdin.end('done\n')
  const [code] = await ended
  if (code !== 0) throw new Error(`git fast-import ended with ${code}`)
  const clone = path.join(folder, 'work')
  execFileSync('git', ['clone', '--quiet', ...identity, remote, clone])
  return clone
}

/** The commands of git fast-import: the base's commits, then the branches. */
function* history(
  size: RepositorySize,
  store: string,
  makeVersion: VersionMaker,
): Generator<string> {
  const commit = committer()
  const datasets = Array.from({ length: size.datasets }, (_, index): GrowingDataset => {
    const name = `model-${index + 1}.sqlite`
    const entries = Array.from({ length: size.versions }, (__, v) => makeVersion(name, v + 1))
    return { name, entries: entries.map(({ published }) => published).toReversed() }
  })
  const texts = datasets.map(datasetText)
  const config = {
    storage: { type: 'folder', path: store },
    buckets: { staging: {}, production: { url: 'https://data.example.org/' } },
    repository: 'example/generated',
  }
  yield commit(BASE, 'Begin', {
    'datamanager.config.json': `${JSON.stringify(config, null, 2)}\n`,
    'manifest.json': manifestText(texts),
  })
  for (let count = 0; count < size.publications; count++) {
    const index = count % datasets.length
    const { name, entries } = datasets[index] as GrowingDataset
    const { pending, published } = makeVersion(name, entries.length + 1)
    for (const [verb, entry] of [
      ['Propose', pending],
      ['Publish', published],
    ] as const) {
      datasets[index] = { name, entries: [entry, ...entries] }
      texts[index] = datasetText(datasets[index])
      const subject = `${verb} ${name} v${entries.length + 1}`
      yield commit(BASE, subject, { 'manifest.json': manifestText(texts) })
    }
  }
  yield commit(BASE, 'Write the pages', pagesOf(manifestText(texts), config.buckets))
  for (let count = 0; count < size.branches; count++) {
    const index = count % datasets.length
    const { name, entries } = datasets[index] as GrowingDataset
    // Those of one dataset propose the same number for different bytes.
    const { pending } = makeVersion(name, entries.length + 1, true)
    const text = datasetText({ name, entries: [pending, ...entries] })
    const files = { 'manifest.json': manifestText(texts.with(index, text)) }
    yield commit(`refs/heads/open-${count + 1}`, `Propose ${name}`, files, BASE)
  }
}

/** What the publications have written of the versions, by path. */
function pagesOf(
  manifest: string,
  buckets: Record<string, { readonly url?: string }>,
): Record<string, string> {
  const urls = Object.entries(buckets).map(([name, { url = null }]) => [name, { url }])
  const parsed = parseManifest(manifest, { source: 'manifest.json' })
  const { newest, older } = planDatasetPages(parsed, Object.fromEntries(urls), 'docs/datasets.md')
  return Object.fromEntries([newest, ...older].map(({ path: file, format }) => [file, format()]))
}

type Commit = (ref: string, subject: string, files: Record<string, string>, from?: string) => string

/** Returns what writes the command of one commit after the other. */
function committer(): Commit {
  let seconds = BEGIN
  return (ref, subject, files, from) => {
    seconds += 60
    const head = `commit ${ref}\ncommitter Ada <ada@example.org> ${seconds} +0000\n${data(subject)}`
    const changes = Object.entries(files).map(
      ([name, text]) => `M 100644 inline ${name}\n${data(text)}`,
    )
    return `${head}${from === undefined ? '' : `from ${from}\n`}${changes.join('')}`
  }
}

/** All text here is ASCII, so that its length is its size. */
function data(text: string): string {
  return `data ${text.length}\n${text}\n`
}

/** The texts of a version's entry before and after its publication. */
type VersionMaker = (
  dataset: string,
  number: number,
  staged?: boolean,
) => { readonly pending: string; readonly published: string }

/** Returns what makes one version after the other, of different bytes. */
function versionMaker(folder: string, store: string | null): VersionMaker {
  const bytes = smallestDatabase(folder)
  let count = 0
  return (dataset, number, staged = false) => {
    // The user version, a number of the application's own in the header.
    bytes.writeUInt32BE(++count, 60)
    const sha256 = createHash('sha256').update(bytes).digest('hex')
    const version = `v${number}`
    const key = objectKey(null, dataset, version, sha256)
    // As the predecessor of this program wrote it: whose it is need not be known.
    const staging_key = `staging-uploads/${sha256}.sqlite`
    if (store !== null) {
      const file = staged
        ? path.join(store, 'staging', staging_key)
        : path.join(store, 'production', key)
      mkdirSync(path.dirname(file), { recursive: true })
      writeFileSync(file, bytes, { mode: 0o444 })
      // So long ago that every publication asks whether it may go.
      utimesSync(file, 0, Date.parse('2026-01-01') / 1000)
    }
    const timestamp = new Date((BEGIN + count) * 1000).toISOString()
    const fields = { version, timestamp, sha256, bytes: bytes.length, r2_object_key: key }
    const diffFromPrevious = null
    const description = `Run ${number} of ${dataset}`
    return {
      pending: entryText({
        ...fields,
        staging_key,
        diffFromPrevious,
        commit: 'pending-merge',
        description,
      }),
      published: entryText({
        ...fields,
        diffFromPrevious,
        commit: sha256.slice(0, 7),
        description,
      }),
    }
  }
}

/** A database of three small pages with the tables of Temoa that dm's own config asks for. */
export function smallestDatabase(folder: string): Buffer {
  const file = path.join(folder, 'smallest.sqlite')
  const tables = 'CREATE TABLE MetaData(element, value); CREATE TABLE Technology(tech);'
  const sql = `PRAGMA page_size = 512; ${tables}`
  execFileSync('sqlite3', ['-batch', '-init', '/dev/null', file, sql])
  const bytes = readFileSync(file)
  rmSync(file)
  return bytes
}

function entryText(entry: object): string {
  return indent(JSON.stringify(entry, null, 2), '      ')
}

function datasetText({ name, entries }: GrowingDataset): string {
  const latestVersion = `v${entries.length}`
  const head = JSON.stringify({ fileName: name, bucket: 'production', latestVersion }, null, 2)
  const fields = indent(head.slice(0, -'\n}'.length), '  ')
  return `  ${fields},\n    "history": [\n      ${entries.join(',\n      ')}\n    ]\n  }`
}

function manifestText(datasets: readonly string[]): string {
  return datasets.length === 0 ? '[]\n' : `[\n${datasets.join(',\n')}\n]\n`
}

function indent(text: string, by: string): string {
  return text.replaceAll('\n', `\n${by}`)
}

if (import.meta.main) {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      datasets: { type: 'string', default: '10' },
      versions: { type: 'string', default: '1' },
      publications: { type: 'string', default: '0' },
      branches: { type: 'string', default: '0' },
      'no-objects': { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  })
  const [folder] = positionals
  if (values.help || folder === undefined) {
    const source = readFileSync(import.meta.filename, 'utf8')
    const head = source.slice(0, source.indexOf('\nimport'))
    process.stdout.write(`${head.replaceAll(/^\/\/ ?/gm, '')}\n`)
    if (!values.help) process.exitCode = 2
  } else {
    const [datasets, versions, publications, branches] = [
      values.datasets,
      values.versions,
      values.publications,
      values.branches,
    ].map(Number) as [number, number, number, number]
    const objects = !values['no-objects']
    const size = { datasets, versions, publications, branches, objects }
    process.stdout.write(`${await generateRepository(folder, size)}\n`)
  }
}
