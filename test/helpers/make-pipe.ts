import { execFile } from 'node:child_process'
import path from 'node:path'
import { promisify } from 'node:util'

/** Makes a named pipe in a folder, which blocks whoever opens it; returns its path. */
export async function makePipe(folder: string, name = 'pipe'): Promise<string> {
  const pipe = path.join(folder, name)
  await promisify(execFile)('mkfifo', [pipe])
  return pipe
}
