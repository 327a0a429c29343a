import { main } from '../../lib/cli/main.ts'
import { catalog } from '../../tasks/index.ts'
import { fakeIo } from '../lib/cli/fake-io.ts'
import { gitTestEnvironment } from './git-repository.ts'

/** What dm ends with, run in this process: as a user meets it, but for the process itself. */
export async function dmHere(
  cwd: string,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<{
  exit: number
  document: Record<string, unknown>
  code: string | null
  message: string
  hint: string
}> {
  const fake = fakeIo({ env: { ...gitTestEnvironment, ...env }, cwd })
  const never = new Promise<never>(() => {})
  const exit = await main([...args, '--json'], fake.io, catalog, never)
  const document = JSON.parse(fake.stdout()) as Record<string, unknown>
  const error = document['error'] as { code: string; message: string; hint: string } | undefined
  const { code = null, message = '', hint = '' } = error ?? {}
  return { exit, document, code, message, hint }
}
