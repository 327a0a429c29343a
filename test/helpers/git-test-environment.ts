import path from 'node:path'

/**
 * An environment for git that knows nothing of this machine's and its user's settings; give it to
 * the code under test as well. There is no identity in it.
 */
export const gitTestEnvironment: Readonly<Record<string, string>> = {
  PATH: process.env['PATH'] ?? '',
  HOME: '/nonexistent',
  GIT_CONFIG_GLOBAL: '/dev/null',
  GIT_CONFIG_SYSTEM: '/dev/null',
  GIT_CONFIG_NOSYSTEM: '1',
  GIT_TERMINAL_PROMPT: '0',
  // For the processes of dm that tests start: several hundred, and dm itself finds no home here.
  NODE_COMPILE_CACHE: path.join(import.meta.dirname, '../../node_modules/.cache/compiled'),
  // To look at a repository must not change its index.
  GIT_OPTIONAL_LOCKS: '0',
}
