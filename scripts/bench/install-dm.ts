import { cp, copyFile, mkdir } from 'node:fs/promises'
import path from 'node:path'

/**
 * Lays out what a build has made as npm installs it, so that dm runs from its bundle and not from the
 * sources.
 *
 * @param project where `dist`, `lib/cli/bin.cjs` and `package.json` are
 * @returns the program, for node
 */
export async function installDm(project: string, folder: string): Promise<string> {
  const program = path.join(folder, 'lib/cli/bin.cjs')
  await mkdir(path.dirname(program), { recursive: true })
  await copyFile(path.join(project, 'lib/cli/bin.cjs'), program)
  await copyFile(path.join(project, 'package.json'), path.join(folder, 'package.json'))
  await cp(path.join(project, 'dist'), path.join(folder, 'dist'), { recursive: true })
  return program
}
