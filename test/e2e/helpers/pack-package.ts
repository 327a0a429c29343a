import { execFile } from 'node:child_process'
import path from 'node:path'
import { promisify } from 'node:util'

const root = path.join(import.meta.dirname, '../../..')

/** Packs the project as for publication; the tarball's path in the folder. */
export async function packPackage(folder: string): Promise<string> {
  const { stdout } = await promisify(execFile)(
    'npm',
    ['pack', '--json', '--pack-destination', folder],
    {
      cwd: root,
      // npm's own settings from this run's environment would otherwise be taken for its arguments.
      env: { PATH: process.env['PATH'] ?? '', HOME: process.env['HOME'] ?? '' },
    },
  )
  const [packed] = JSON.parse(stdout.slice(stdout.indexOf('[\n'))) as { filename: string }[]
  return path.join(folder, packed?.filename ?? '')
}
