import { runProcess } from '../lib/cli/process.ts'
import { catalog } from './index.ts'

/** Runs dm for this process, with every operation that there is. */
export function run(): Promise<never> {
  return runProcess(catalog)
}
