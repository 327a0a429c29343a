import type { Config } from '../config/types.ts'

/**
 * The text of a `datamanager.config.ts`.
 *
 * @param name the package's
 * @param accountId the storage is that of this account of R2
 */
export function renderConfig(
  { storage, buckets, git }: Config,
  { name, accountId }: { readonly name: string; readonly accountId: string | undefined },
): string {
  const isR2 = accountId !== undefined
  const lines = [
    ...(isR2
      ? [`storage: r2({ accountId: ${quote(accountId)} }),`]
      : storage === undefined
        ? notes.embedded
        : [`storage: ${literal(storage)},`]),
    ...bucketLines(buckets),
    ...(git === undefined ? [] : [`git: ${literal(git)},`]),
  ]
  return [
    `import { defineConfig${isR2 ? ', r2' : ''} } from '${name}'`,
    '',
    'export default defineConfig({',
    ...lines.map((line) => `  ${line}`),
    '})',
    '',
  ].join('\n')
}

const notes = {
  embedded: [
    '// No `storage`: objects are in the embedded store, inside the git folder',
    '// of this clone. Nobody else can read it; for a team, set',
    "// r2({ accountId }) or { type: 's3', endpoint, region }.",
  ],
  production: [
    "// With a `url`, such as 'https://data.example.org/',",
    '// everybody can read it without a key.',
  ],
}

function bucketLines(buckets: Config['buckets']): string[] {
  if (buckets === undefined) return []
  const lines = Object.entries(buckets).flatMap(([bucket, { name }]) => {
    const line = `${bucket}: ${name === undefined ? '{}' : literal({ name })},`
    return bucket === 'production' ? notes.production.concat(line) : line
  })
  return ['buckets: {', ...lines.map((line) => `  ${line}`), '},']
}

/** An object of texts, in one line. */
function literal(object: Readonly<Record<string, unknown>>): string {
  const fields = Object.entries(object).map(([key, value]) => `${key}: ${quote(String(value))}`)
  return `{ ${fields.join(', ')} }`
}

/** A text as TypeScript has it. */
function quote(text: string): string {
  return /^[^'\\\p{Cc}]*$/u.test(text) ? `'${text}'` : JSON.stringify(text)
}
