/** The options that every command takes. */
export interface Globals {
  readonly cwd?: string
  readonly config?: string
  readonly yes: boolean
  readonly json: boolean
  readonly dryRun: boolean
  readonly quiet: boolean
  readonly verbose: boolean
}

/** Their flags and descriptions, in the order of the help. */
export const globalOptions: readonly (readonly [flags: string, description: string])[] = [
  ['-C, --cwd <dir>', 'act in that data repository'],
  ['--config <file>', 'use this config instead of searching'],
  ['-y, --yes', 'ask nothing; take the defaults'],
  ['--json', 'print exactly one JSON document on stdout'],
  ['--dry-run', 'change nothing, say what would change'],
  ['-q, --quiet', 'no progress'],
  ['-v, --verbose', 'more detail, with the causes of errors'],
]

/** The values of the global options, given before the command, after it, or both. */
export function toGlobals(options: Readonly<Record<string, unknown>>): Globals {
  const text = (name: string): object => {
    const value = options[name]
    return typeof value === 'string' ? { [name]: value } : {}
  }
  const flag = (name: string): boolean => options[name] === true
  return {
    ...text('cwd'),
    ...text('config'),
    yes: flag('yes'),
    json: flag('json'),
    dryRun: flag('dryRun'),
    quiet: flag('quiet'),
    verbose: flag('verbose'),
  }
}
