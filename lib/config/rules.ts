import { reservedFields } from '../manifest/create-entry.ts'
import { retiredPath } from '../manifest/retired.ts'
import type { ResolvedConfig } from './types.ts'

/** One thing that is wrong with a config. */
export interface ConfigProblem {
  /** Which key, `buckets.staging.name`; empty for the whole config. */
  readonly path: string
  /** What is wrong, as the rest of a sentence that begins with the key. */
  readonly problem: string
  /** What to do, a sentence. */
  readonly fix: string
}

interface Rule {
  /** The keys that it looks at. */
  readonly keys: readonly (keyof ResolvedConfig)[]
  readonly find: (config: ResolvedConfig) => ConfigProblem[]
}

const rules: readonly Rule[] = [
  { keys: ['buckets', 'staging', 'defaultBucket'], find: bucketProblems },
  { keys: ['storage'], find: storageProblems },
  { keys: ['formerly'], find: formerlyProblems },
  { keys: ['fields'], find: fieldProblems },
  { keys: ['manifest', 'diffs', 'page'], find: pathProblems },
]

/**
 * What must hold between the keys of a config, beyond each key's own shape.
 *
 * @param broken keys whose shape is wrong: the rules that look at them are left out
 */
export function findRuleProblems(
  config: ResolvedConfig,
  broken: ReadonlySet<string> = new Set(),
): ConfigProblem[] {
  const applicable = rules.filter(({ keys }) => !keys.some((key) => broken.has(key)))
  return applicable.flatMap(({ find }) => find(config))
}

function bucketProblems({ buckets, staging, defaultBucket }: ResolvedConfig): ConfigProblem[] {
  const problems: ConfigProblem[] = []
  const known = Object.keys(buckets)
  for (const [path, name] of Object.entries({ staging, defaultBucket })) {
    if (known.includes(name)) continue
    problems.push({
      path,
      problem: `names the bucket '${name}', which 'buckets' does not have`,
      fix: `Add '${name}' to 'buckets', or set '${path}' to one of: ${known.join(', ')}.`,
    })
  }
  if (staging === defaultBucket) {
    problems.push({
      path: 'defaultBucket',
      problem: `is the staging bucket '${staging}', which holds files only until they are published`,
      fix: 'Name a bucket where datasets stay, such as production.',
    })
  }
  if (buckets[staging]?.url != null) {
    problems.push({
      path: `buckets.${staging}.url`,
      problem: 'makes public what is not published yet, also what is meant for a private bucket',
      fix: 'Remove it: nobody reads staging without a key.',
    })
  }
  const owners = new Map<string, string>()
  for (const [logical, { name }] of Object.entries(buckets)) {
    const other = owners.get(name)
    if (other !== undefined) {
      problems.push({
        path: `buckets.${logical}.name`,
        problem: `is '${name}', the same real bucket as '${other}'`,
        fix: 'Give every bucket a real one of its own.',
      })
    }
    owners.set(name, logical)
  }
  return problems
}

/** Without an endpoint it is AWS, where a region is part of every address. */
function storageProblems({ storage }: ResolvedConfig): ConfigProblem[] {
  if (storage?.type !== 's3' || storage.endpoint !== undefined) return []
  if (storage.region !== undefined && storage.region !== 'auto') return []
  return [
    {
      path: 'storage.region',
      problem: "is not set, and without 'endpoint' the objects are at AWS",
      fix: "Set it to the buckets' region, such as us-east-1, or set 'storage.endpoint'.",
    },
  ]
}

function formerlyProblems({ formerly }: ResolvedConfig): ConfigProblem[] {
  return formerly.flatMap((stamp, index) =>
    formerly.indexOf(stamp) === index
      ? []
      : [{ path: `formerly.${index}`, problem: `is '${stamp}' a second time`, fix: 'Remove it.' }],
  )
}

function fieldProblems({ fields }: ResolvedConfig): ConfigProblem[] {
  return Object.keys(fields)
    .filter((name) => reservedFields.includes(name))
    .map((name) => ({
      path: `fields.${name}`,
      problem: 'is a field that the manifest itself uses',
      fix: 'Choose another name.',
    }))
}

function pathProblems({ manifest, diffs, page }: ResolvedConfig): ConfigProblem[] {
  const problems: ConfigProblem[] = []
  const kept = [manifest, retiredPath(manifest)]
  const inTheWay = kept.find((other) => overlap(other, diffs))
  if (inTheWay !== undefined) {
    problems.push({
      path: 'diffs',
      problem: `is '${diffs}', where '${inTheWay}' already is`,
      fix: 'Give the diffs a folder of their own.',
    })
  }
  const taken = [...kept, diffs].find((other) => page !== null && overlap(page, other))
  if (taken !== undefined) {
    problems.push({
      path: 'page',
      problem: `is '${page}', where '${taken}' already is`,
      fix: 'Give the page a path of its own, or set it to null for no page.',
    })
  }
  return problems
}

/** Whether two paths are the same, or one is inside the other; on some machines case makes no difference. */
function overlap(one: string, other: string): boolean {
  const [a, b] = [`${one}/`.toLowerCase(), `${other}/`.toLowerCase()]
  return a.startsWith(b) || b.startsWith(a)
}
