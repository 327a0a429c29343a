/** Environment variables by name. */
export type Environment = Readonly<Record<string, string | undefined>>

/**
 * The `GIT_*` variables that git still gets. They say who the user is and how a remote is reached,
 * and belong to the machine. All others (`GIT_DIR`, `GIT_INDEX_FILE`, `GIT_WORK_TREE`, …) point git
 * at some repository: a hook or an alias that calls dm leaves them behind, for a different one.
 */
const kept = new Set([
  'GIT_ALLOW_PROTOCOL',
  'GIT_ASKPASS',
  'GIT_AUTHOR_EMAIL',
  'GIT_AUTHOR_NAME',
  'GIT_CEILING_DIRECTORIES',
  'GIT_COMMITTER_EMAIL',
  'GIT_COMMITTER_NAME',
  'GIT_CONFIG_GLOBAL',
  'GIT_CONFIG_NOSYSTEM',
  'GIT_CONFIG_SYSTEM',
  'GIT_DISCOVERY_ACROSS_FILESYSTEM',
  'GIT_EXEC_PATH',
  'GIT_HTTP_USER_AGENT',
  'GIT_PROXY_COMMAND',
  'GIT_SSH',
  'GIT_SSH_COMMAND',
  'GIT_SSH_VARIANT',
])

/**
 * Families that are kept: TLS settings, and `GIT_CONFIG_COUNT` with its keys and values, by which
 * CI systems hand over credentials and `safe.directory` without writing a file.
 */
const keptFamilies = /^GIT_(?:SSL_\w+|PROXY_SSL_\w+|CONFIG_COUNT|CONFIG_(?:KEY|VALUE)_\d+)$/

/** What every git process gets on top. */
const fixed = {
  // Output is read by machine.
  LC_ALL: 'C',
  // Git runs in a session without a terminal, where a prompt could never be answered.
  GIT_TERMINAL_PROMPT: '0',
  // Reading commands do not rewrite the user's index.
  GIT_OPTIONAL_LOCKS: '0',
  // What is read is what is pushed: no replacement objects.
  GIT_NO_REPLACE_OBJECTS: '1',
  // A path is a path, never a pattern.
  GIT_LITERAL_PATHSPECS: '1',
  // A remote that sends less than 1 byte/s for 60 s is dead.
  GIT_HTTP_LOW_SPEED_LIMIT: '1',
  GIT_HTTP_LOW_SPEED_TIME: '60',
}

/** The environment that git processes run in, made from the one dm was started in. */
export function gitEnvironment(environment: Environment): Record<string, string> {
  const result: Record<string, string> = {}
  for (const [name, value] of Object.entries(environment)) {
    if (value !== undefined && reachesGit(name)) result[name] = value
  }
  return { ...result, ...fixed }
}

function reachesGit(name: string): boolean {
  return !name.startsWith('GIT_') || kept.has(name) || keptFamilies.test(name)
}
