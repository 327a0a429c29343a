import type * as z from 'zod'
import { DmError } from '../errors/dm-error.ts'
import { nearest } from '../errors/nearest.ts'
import { withDefaults } from './defaults.ts'
import { type ConfigProblem, findRuleProblems } from './rules.ts'
import { configSchema } from './schema.ts'
import type { ResolvedConfig } from './types.ts'

/**
 * Checks what a config file exports and fills in the defaults.
 *
 * @param raw the exported value
 * @param source the file, for messages
 * @throws DM_CONFIG_INVALID with all problems at once
 */
export function parseConfig(raw: unknown, source: string): ResolvedConfig {
  const strange = findStrangeObjects(raw)
  const parsed = configSchema.safeParse(raw)
  const issues = (parsed.error?.issues ?? []).filter(
    (issue) => !strange.some(({ path }) => isWithin(toPath(issue), path)),
  )
  const problems = [...strange, ...issues.flatMap((issue) => toProblems(issue, raw))]
  if (!parsed.success || problems.length > 0) {
    const broken = new Set([...strange.map(({ path }) => path), ...issues.map(toPath)])
    throw new DmError('DM_CONFIG_INVALID', {
      source,
      problems: [...problems, ...problemsBetween(raw, broken)],
    })
  }
  const config = withDefaults(parsed.data)
  const between = findRuleProblems(config)
  if (between.length > 0) throw new DmError('DM_CONFIG_INVALID', { source, problems: between })
  return config
}

/** The problems between those keys whose own shape is right, so that one reading shows all. */
function problemsBetween(raw: unknown, paths: ReadonlySet<string>): ConfigProblem[] {
  if (typeof raw !== 'object' || raw === null || Array.isArray(raw)) return []
  const broken = new Set([...paths].map((path) => path.split('.')[0] ?? ''))
  const whole = Object.entries(raw).filter(
    ([key]) => Object.hasOwn(configSchema.shape, key) && !broken.has(key),
  )
  const parsed = configSchema.safeParse(Object.fromEntries(whole))
  return parsed.success ? findRuleProblems(withDefaults(parsed.data), broken) : []
}

/**
 * Where a config has an object that is none of keys and values: of a Map, a promise or an instance of
 * a class, the schema would see no key and take it for empty.
 */
function findStrangeObjects(
  value: unknown,
  path: readonly string[] = [],
  seen: Set<unknown> = new Set(),
): ConfigProblem[] {
  if (typeof value !== 'object' || value === null || seen.has(value)) return []
  seen.add(value)
  const prototype: unknown = Object.getPrototypeOf(value)
  if (prototype === null || prototype === Object.prototype || Array.isArray(value)) {
    return Object.entries(value).flatMap(([key, inner]) =>
      findStrangeObjects(inner, [...path, key], seen),
    )
  }
  const kind = (prototype as { constructor?: { name?: string } }).constructor?.name ?? 'something'
  const fix = "Write it with braces, { key: value }; write 'await' before what is promised."
  return [{ path: path.join('.'), problem: `must be a plain object, not a ${kind}`, fix }]
}

function toPath(issue: z.core.$ZodIssue): string {
  return issue.path.join('.')
}

function isWithin(path: string, outer: string): boolean {
  return outer === '' || path === outer || path.startsWith(`${outer}.`)
}

function toProblems(issue: z.core.$ZodIssue, raw: unknown): ConfigProblem[] {
  const path = toPath(issue)
  if (issue.code === 'unrecognized_keys') {
    const known = keysAt(issue.path, raw)
    return issue.keys.map((key) => unknownKey([...issue.path, key].join('.'), key, known))
  }
  if (issue.code === 'invalid_key') {
    const [first] = issue.issues
    return [{ path, problem: `has a bad name: it ${first?.message}`, fix: 'Rename the key.' }]
  }
  if (issue.code === 'invalid_union' && issue.discriminator !== undefined) {
    const fix = "Set it to 's3' or 'folder', or leave out 'storage' for the embedded default."
    return [{ path, problem: `is not a known kind of storage`, fix }]
  }
  if (issue.code === 'invalid_type') {
    // zod's word for an object with any keys.
    const expected = issue.expected === 'record' ? 'object' : issue.expected
    const what = `must be ${/^[aeiou]/.test(expected) ? 'an' : 'a'} ${expected}`
    const received = /received (\w+)/.exec(issue.message)?.[1]
    if (received === 'undefined') {
      return [{ path, problem: `is not set: it ${what}`, fix: 'Set it.' }]
    }
    const problem = received === undefined ? what : `${what}, not ${received}`
    return [{ path, problem, fix: 'Correct the value, or leave the key out where it is optional.' }]
  }
  return [{ path, problem: issue.message, fix: 'Correct the value.' }]
}

function unknownKey(path: string, key: string, known: readonly string[]): ConfigProblem {
  const guess = nearest(key, known)
  const fix =
    guess === undefined
      ? `Remove it; the keys here are: ${known.join(', ')}.`
      : `Did you mean '${guess}'?`
  return { path, problem: 'is not a key that dm knows', fix }
}

/** The keys that the schema knows at a path; of a union, those of the option that `raw` chose. */
function keysAt(path: readonly PropertyKey[], raw: unknown): readonly string[] {
  let here: unknown = configSchema
  let value = raw
  for (const key of path) {
    here = childOf(unwrap(here), key)
    value = (value as Record<PropertyKey, unknown>)[key]
  }
  const schema = unwrap(here)
  if (!('options' in schema && Array.isArray(schema.options))) return shapeKeys(schema)
  const chosen = schema.options.find((option: z.ZodObject) => typeAccepts(option, value))
  return shapeKeys(unwrap(chosen))
}

/** Whether the value has the `type` by which an option of a union is told apart. */
function typeAccepts(option: z.ZodObject, value: unknown): boolean {
  const type = (value as Record<string, unknown>)['type']
  return (option.shape['type'] as z.ZodType).safeParse(type).success
}

function childOf(schema: object, key: PropertyKey): unknown {
  if ('shape' in schema) return (schema.shape as Record<PropertyKey, unknown>)[key]
  return 'valueType' in schema ? schema.valueType : undefined
}

function shapeKeys(schema: object): string[] {
  return 'shape' in schema ? Object.keys(schema.shape as object) : []
}

function unwrap(schema: unknown): object {
  if (typeof schema !== 'object' || schema === null) return {}
  if ('unwrap' in schema && typeof schema.unwrap === 'function' && !('shape' in schema)) {
    return unwrap(schema.unwrap())
  }
  return schema
}
