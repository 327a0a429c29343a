import type * as z from 'zod'
import { DmError } from '../errors/dm-error.ts'
import { nearest } from '../errors/nearest.ts'
import { withDefaults } from './defaults.ts'
import type { ConfigProblem } from './problem.ts'
import { findRuleProblems } from './rules.ts'
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
  const parsed = configSchema.safeParse(raw)
  if (!parsed.success) {
    throw new DmError('DM_CONFIG_INVALID', {
      source,
      problems: parsed.error.issues.flatMap(toProblems),
    })
  }
  const config = withDefaults(parsed.data)
  const problems = findRuleProblems(config)
  if (problems.length > 0) throw new DmError('DM_CONFIG_INVALID', { source, problems })
  return config
}

function toProblems(issue: z.core.$ZodIssue): ConfigProblem[] {
  const path = issue.path.join('.')
  if (issue.code === 'unrecognized_keys') {
    const known = keysAt(issue.path)
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
    const article = /^[aeiou]/.test(issue.expected) ? 'an' : 'a'
    const problem = `must be ${article} ${issue.expected}${receivedOf(issue.message)}`
    return [{ path, problem, fix: 'Correct the value, or leave the key out where it is optional.' }]
  }
  return [{ path, problem: issue.message, fix: 'Correct the value.' }]
}

function receivedOf(message: string): string {
  const received = /received (\w+)/.exec(message)?.[1]
  return received === undefined ? '' : `, not ${received}`
}

function unknownKey(path: string, key: string, known: readonly string[]): ConfigProblem {
  const guess = nearest(key, known)
  const fix =
    guess === undefined
      ? `Remove it; the keys here are: ${known.join(', ')}.`
      : `Did you mean '${guess}'?`
  return { path, problem: 'is not a key that dm knows', fix }
}

/** The keys that the schema knows at a path. */
function keysAt(path: readonly PropertyKey[]): readonly string[] {
  let here: unknown = configSchema
  for (const key of path) here = childOf(unwrap(here), key)
  const schema = unwrap(here)
  if ('options' in schema && Array.isArray(schema.options)) {
    return [...new Set(schema.options.flatMap((option: unknown) => shapeKeys(unwrap(option))))]
  }
  return shapeKeys(schema)
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
