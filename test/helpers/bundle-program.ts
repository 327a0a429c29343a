import { copyFile, mkdir } from 'node:fs/promises'
import path from 'node:path'
import { writeBundle } from '../../scripts/write-bundle.ts'

const root = path.join(import.meta.dirname, '../..')

/** Makes of the sources as they are a program like the one that is published; its path. */
export async function bundleProgram(): Promise<string> {
  // Always the same place, so that what node has compiled of it is found again.
  const place = path.join(root, 'node_modules/.cache/bundled')
  await writeBundle(path.join(place, 'dist'))
  for (const file of ['package.json', 'lib/cli/bin.cjs']) {
    await mkdir(path.dirname(path.join(place, file)), { recursive: true })
    await copyFile(path.join(root, file), path.join(place, file))
  }
  return path.join(place, 'lib/cli/bin.cjs')
}
