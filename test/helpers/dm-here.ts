import { main } from '../../lib/cli/main.ts'
import { catalog } from '../../tasks/index.ts'
import { fakeIo } from '../lib/cli/fake-io.ts'
import { type DmRun, type Expected, type Failed, failed, parseDocument, succeeded } from './dm.ts'
import { gitTestEnvironment } from './git-test-environment.ts'

type Env = Readonly<Record<string, string>>

/**
 * Runs dm in this process: as a user meets it, but for the process itself, and several times as fast.
 * A config that is a module must have another name where it has another content: node keeps modules.
 */
export async function runHere(
  cwd: string,
  args: readonly string[],
  env: Env = {},
): Promise<DmRun & { readonly exit: number }> {
  const fake = fakeIo({ env: { ...gitTestEnvironment, ...env }, cwd })
  const never = new Promise<never>(() => {})
  const exit = await main(args, fake.io, catalog, never)
  const [stdout, stderr] = [fake.stdout(), fake.stderr()]
  return { exit, stdout, stderr, json: () => parseDocument(stdout, stderr) }
}

/** What `dm --json` ends with, run in this process. */
export async function dmHere(
  cwd: string,
  args: readonly string[],
  env: Env = {},
): Promise<{
  exit: number
  document: Record<string, unknown>
  code: string | null
  message: string
  hint: string
}> {
  const { exit, json } = await runHere(cwd, [...args, '--json'], env)
  const document = json()
  const error = document['error'] as { code: string; message: string; hint: string } | undefined
  const { code = null, message = '', hint = '' } = error ?? {}
  return { exit, document, code, message, hint }
}

/** As `dmJson` of a process of its own. */
export async function dmJson(
  cwd: string,
  args: readonly string[],
  { env = {} }: { env?: Env } = {},
): Promise<Record<string, unknown>> {
  return succeeded(await runHere(cwd, [...args, '--json'], env))
}

/** As `dmFailure` of a process of its own. */
export async function dmFailure(
  cwd: string,
  args: readonly string[],
  expected: Expected,
  { env = {} }: { env?: Env } = {},
): Promise<Failed> {
  return failed(await runHere(cwd, [...args, '--json'], env), expected)
}
