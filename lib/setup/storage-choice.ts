import path from 'node:path'
import { r2 } from '../config/define-config.ts'
import type { Config, ResolvedConfig } from '../config/types.ts'
import { DmError, isDmError } from '../errors/dm-error.ts'

export const storageKinds = ['embedded', 'folder', 'r2', 's3'] as const

export type StorageKind = (typeof storageKinds)[number]

/** Where the objects are to be, as somebody has said it. */
export interface StorageChoice {
  readonly kind: StorageKind
  /** Of R2. */
  readonly accountId?: string | undefined
  /** Of S3. */
  readonly endpoint?: string | undefined
  readonly region?: string | undefined
  /** Of a folder, relative to the data repository. */
  readonly path?: string | undefined
  /** The real names of the buckets. */
  readonly staging?: string | undefined
  readonly production?: string | undefined
  readonly internal?: string | undefined
}

/** Which kinds each detail belongs to; the names of the buckets belong to all. */
const kindsOf = { accountId: ['r2'], endpoint: ['s3'], region: ['s3'], path: ['folder'] } as const

/** What gives each detail on the command line, by the key that it becomes in the config. */
const optionOf: Readonly<Record<string, string>> = {
  'storage.path': '--path',
  'storage.endpoint': '--endpoint',
  'storage.region': '--region',
  'buckets.staging.name': '--staging',
  'buckets.production.name': '--production',
  'buckets.internal.name': '--internal',
}

/**
 * The config that a choice makes, checked; also with all defaults filled in.
 *
 * @param folder the data repository's: buckets without a name get one that is likely to be free
 * @param git where the remote and the base have other names than usual
 * @throws DM_USAGE where a detail is missing, wrong, or belongs to another kind of storage
 */
export async function toConfig(
  choice: StorageChoice,
  folder: string,
  git: NonNullable<Config['git']>,
): Promise<{ config: Config; resolved: ResolvedConfig }> {
  for (const [detail, kinds] of Object.entries(kindsOf)) {
    const isWrong = !(kinds as readonly string[]).includes(choice.kind)
    if (isWrong && choice[detail as keyof typeof kindsOf] !== undefined) {
      const option = `--${detail === 'accountId' ? 'account-id' : detail}`
      throw usage(`${option} goes with --storage ${kinds[0]}, not ${choice.kind}.`)
    }
  }
  const storage = storageOf(choice)
  const suggested = storage?.type === 's3' ? suggestNames(folder) : null
  const names = Object.fromEntries(
    (['staging', 'production', 'internal'] as const).map((bucket) => [
      bucket,
      choice[bucket] ?? suggested?.[bucket],
    ]),
  )
  const isNamed = Object.values(names).some((name) => name !== undefined)
  const config: Config = {
    ...(storage === undefined ? {} : { storage }),
    ...(isNamed ? { buckets: toBuckets(names) } : {}),
    ...(Object.keys(git).length === 0 ? {} : { git }),
  }
  const check = await loadCheck()
  const checked = check(config)
  if ('problem' in checked) throw usage(checked.problem)
  return { config, resolved: checked.resolved }
}

type Checked = { readonly resolved: ResolvedConfig } | { readonly problem: string }

/** The schema's library is loaded only here: most commands never need it. */
async function loadCheck(): Promise<(config: Config) => Checked> {
  const { parseConfig } = await import('../config/parse-config.ts')
  return (config) => {
    try {
      return { resolved: parseConfig(config, 'The config') }
    } catch (error) {
      if (!isDmError(error, 'DM_CONFIG_INVALID')) throw error
      const [{ path: key, problem } = { path: '', problem: '' }] = error.context.problems
      return { problem: `${optionOf[key] ?? key} ${problem}.` }
    }
  }
}

/** What tells whether a detail can be right by itself: null, or what is wrong with it, as a sentence. */
export async function loadDetailCheck(): Promise<
  (detail: Exclude<keyof StorageChoice, 'kind'>, text: string) => string | null
> {
  const check = await loadCheck()
  return (detail, text) => {
    if (detail === 'accountId') return isAccountId(text) ? null : wrongAccount(text)
    const config: Config =
      detail === 'path'
        ? { storage: { type: 'folder', path: text } }
        : detail === 'endpoint' || detail === 'region'
          ? { storage: { type: 's3', endpoint: 'https://example.org', [detail]: text } }
          : { buckets: { staging: {}, production: {}, internal: {}, [detail]: { name: text } } }
    const checked = check(config)
    return 'problem' in checked ? checked.problem.replace(/^\S+ /, 'It ') : null
  }
}

function isAccountId(text: string): boolean {
  return /^[\w-]+$/.test(text)
}

function wrongAccount(text: string): string {
  return `'${text}' is no id of an account: it has letters, digits, - and _ alone.`
}

function toBuckets(names: Readonly<Record<string, string | undefined>>): Config['buckets'] {
  return Object.fromEntries(
    Object.entries(names).map(([bucket, name]) => [bucket, name === undefined ? {} : { name }]),
  )
}

function storageOf({
  kind,
  accountId,
  endpoint,
  region,
  path: folder,
}: StorageChoice): Config['storage'] {
  switch (kind) {
    case 'embedded':
      return undefined
    case 'folder':
      if (folder === undefined) throw usage('--storage folder needs --path: where the objects are.')
      return { type: 'folder', path: folder }
    case 'r2':
      if (accountId === undefined) throw usage('--storage r2 needs --account-id.')
      if (!isAccountId(accountId)) throw usage(wrongAccount(accountId))
      return r2({ accountId })
    case 's3':
      if (endpoint === undefined && region === undefined) {
        throw usage('--storage s3 needs --endpoint, or for AWS --region.')
      }
      return {
        type: 's3',
        ...(endpoint === undefined ? {} : { endpoint }),
        ...(region === undefined ? {} : { region }),
      }
  }
}

function usage(problem: string): DmError {
  const hint = 'See: dm init --help; on a terminal, init asks for what is missing.'
  return new DmError('DM_USAGE', { problem, hint })
}

/** Names for the buckets of a data repository that are likely to be free, made from its folder's. */
export function suggestNames(
  folder: string,
): Readonly<Record<'staging' | 'production' | 'internal', string>> {
  const stem = path
    .basename(folder)
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .slice(0, 50)
  const name = stem.replaceAll(/^-+|-+$/g, '') || 'data'
  return {
    staging: `${name}-staging`,
    production: `${name}-production`,
    internal: `${name}-internal`,
  }
}

/** Where a store in a folder is by default: beside the data repository, out of git's reach. */
export function suggestPath(folder: string): string {
  return `../${path.basename(folder) || 'data'}-store`
}
