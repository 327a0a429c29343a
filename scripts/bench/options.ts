import { parseArgs } from 'node:util'
import { parseBytes } from '../../lib/format/units.ts'
import type { LineSpeed } from './line.ts'
import type { LineName } from './results.ts'
import type { ServiceChoice } from './service.ts'
import { type WorkName, workNames } from './names.ts'

/** What is to be measured, and where. */
export interface BenchOptions {
  /** In bytes. */
  readonly sizes: readonly number[]
  readonly works: readonly WorkName[]
  readonly lines: readonly LineName[]
  readonly runs: { readonly [line in LineName]: number }
  readonly slowLine: LineSpeed
  readonly store: ServiceChoice
  /** A clone with an older build. */
  readonly before: string | null
  /** Where databases are kept. */
  readonly databases: string | null
  /** Whether the results are kept. */
  readonly save: boolean
  /** What is behind the day and the machine in the name that they are kept under. */
  readonly label: string | null
  /** Measures growth instead, in this folder, with repositories of this part of their size. */
  readonly growth: { readonly folder: string; readonly scale: number } | null
  /** Measures what only looks instead, in this repository. */
  readonly looking: string | null
  readonly help: boolean
}

type Environment = Readonly<Record<string, string | undefined>>

/** @throws where they mean nothing */
export function parseOptions(args: readonly string[], env: Environment): BenchOptions {
  const { values } = parseArgs({
    args: [...args],
    options: {
      size: { type: 'string', default: '20MiB' },
      only: { type: 'string', default: workNames.join(',') },
      line: { type: 'string', default: lineNames.join(',') },
      runs: { type: 'string', default: '5' },
      'slow-runs': { type: 'string' },
      mbit: { type: 'string', default: '100' },
      delay: { type: 'string', default: '20' },
      store: { type: 'string', default: 'ceph' },
      before: { type: 'string' },
      databases: { type: 'string' },
      save: { type: 'boolean', default: false },
      label: { type: 'string' },
      growth: { type: 'string' },
      scale: { type: 'string', default: '1' },
      looking: { type: 'string' },
      help: { type: 'boolean', default: false },
    },
  })
  const loopback = count('--runs', values.runs)
  const slow = count('--slow-runs', values['slow-runs'] ?? values.runs)
  const { growth, scale } = values
  return {
    sizes: values.size.split(',').map(parseSize),
    works: choose('--only', values.only, workNames),
    lines: choose('--line', values.line, lineNames),
    runs: { loopback, slow },
    slowLine: {
      bitsPerSecond: number('--mbit', values.mbit) * 1e6,
      delayMs: number('--delay', values.delay),
    },
    store: chooseStore(values.store, env),
    before: values.before ?? null,
    databases: values.databases ?? null,
    save: values.save,
    label: values.label ?? null,
    growth: growth === undefined ? null : { folder: growth, scale: number('--scale', scale) },
    looking: values.looking ?? null,
    help: values.help,
  }
}

const lineNames: readonly LineName[] = ['loopback', 'slow']

function parseSize(text: string): number {
  const bytes = parseBytes(text)
  if (bytes === null || bytes < 1) throw new Error(`${text} is no size, such as 20MiB`)
  return bytes
}

/** Some of what there is, in the order in which it is there. */
function choose<Name extends string>(
  option: string,
  text: string,
  all: readonly Name[],
): readonly Name[] {
  const words = text.split(',')
  const unknown = words.find((word) => !all.includes(word as Name))
  if (unknown === undefined) return all.filter((name) => words.includes(name))
  throw new Error(`${option}: ${unknown} is none of ${all.join(', ')}`)
}

function number(option: string, text: string): number {
  const value = Number(text)
  if (text.trim() === '' || !Number.isFinite(value) || value < 0) {
    throw new Error(`${option}: ${text} is no number`)
  }
  return value
}

function count(option: string, text: string): number {
  const value = number(option, text)
  if (!Number.isInteger(value) || value < 1) throw new Error(`${option}: ${text} is no count`)
  return value
}

function chooseStore(text: string, env: Environment): ServiceChoice {
  if (text === 'ceph' || text === 'ceph-disk' || text === 's3rver') return text
  const { AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey } = env
  if (!URL.canParse(text) || new URL(text).protocol !== 'http:') {
    throw new Error(`--store: ${text} is neither ceph nor s3rver nor an address with http:`)
  }
  if (accessKeyId === undefined || secretAccessKey === undefined) {
    throw new Error('--store with an address needs AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY')
  }
  return { endpoint: text, key: { accessKeyId, secretAccessKey } }
}
