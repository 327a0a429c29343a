import { execFile } from 'node:child_process'
import { registerHooks } from 'node:module'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { promisify } from 'node:util'

const ownName = '@openenergyoutlook/datamanager'

/** The package's entry point: this file's neighbour in the sources, a chunk beside it in the bundle. */
const entry = new URL(
  import.meta.url.endsWith('.ts') ? '../index.ts' : './index.js',
  import.meta.url,
).href

/** The file that was read last: where importing fails without saying where, it is the one. */
let lastRead: string | null = null
let registered = false

/** The default export of a config that is a module; undefined where there is none. */
export async function importConfig(file: string): Promise<unknown> {
  observeImports()
  const module = (await import(pathToFileURL(file).href)) as { readonly default?: unknown }
  return module.default
}

/**
 * Lets a config import `@openenergyoutlook/datamanager` from the very copy that is running: also
 * where the data repository has not installed it, and never a second copy of it.
 */
function observeImports(): void {
  if (registered) return
  registered = true
  registerHooks({
    resolve: (specifier, context, nextResolve) => {
      if (specifier === ownName) return { url: entry, shortCircuit: true }
      const resolved = nextResolve(specifier, context)
      // Where no package.json says what a .ts file is, node would try CommonJS first and warn.
      const isUnknown = resolved.url.endsWith('.ts') && !resolved.format
      return isUnknown ? { ...resolved, format: 'module-typescript' } : resolved
    },
    load: (url, context, nextLoad) => {
      if (url.startsWith('file:')) lastRead = fileURLToPath(url)
      return nextLoad(url, context)
    },
  })
}

/**
 * Where loading a config failed, `/path/to/file.ts:3`; null where nobody knows.
 *
 * @param folders where the team's code is: frames in other files, such as our own, tell nothing
 */
export async function findFailure(
  error: unknown,
  folders: readonly string[],
): Promise<string | null> {
  const stack = error instanceof Error ? (error.stack ?? '') : ''
  const isTheirs = (place: string): boolean =>
    folders.some((folder) => place.startsWith(`${folder}/`)) && !place.includes('/node_modules/')
  return (
    printedPlace(stack) ??
    [...stack.matchAll(/^ +at .*?(file:\/\/\S+?|\/.+?):(\d+):\d+\)?$/gm)]
      .map(toPlace)
      .find(isTheirs) ??
    (error instanceof SyntaxError ? await checkSyntax() : null)
  )
}

/** What node prints above the message of most syntax errors: the file, the line, the text there. */
function printedPlace(text: string): string | null {
  const [match] = text.matchAll(/^(file:\/\/\S+|\/.+):(\d+)$/gm)
  return match === undefined ? null : toPlace(match)
}

function toPlace([, file = '', line]: readonly string[]): string {
  return `${file.startsWith('file:') ? fileURLToPath(file) : file}:${line}`
}

/** Of a syntax error in JavaScript node tells the place only where it prints the error itself. */
async function checkSyntax(): Promise<string | null> {
  if (lastRead === null) return null
  return promisify(execFile)(process.execPath, ['--check', lastRead], { env: {} }).then(
    () => null,
    (error: { readonly stderr?: string }) => printedPlace(error.stderr ?? ''),
  )
}
