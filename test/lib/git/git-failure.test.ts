import { chmod, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { suite } from 'uvu'
import { gitEnvironment } from '../../../lib/git/git-environment.ts'
import { readGit } from '../../../lib/git/read-git.ts'
import { createRepository } from '../../helpers/git-repository.ts'
import { gitTestEnvironment } from '../../helpers/git-test-environment.ts'
import { failureOf, inFolder, open } from './sandbox.ts'

const test = suite('gitFailure')

/** A git of that version, which knows no option. */
async function oldGit(folder: string, version: string): Promise<Record<string, string>> {
  const program = path.join(folder, 'git')
  const answer = `case "$*" in *version) echo "git version ${version}" ;; *) exit 129 ;; esac`
  await writeFile(program, `#!/bin/sh\n${answer}\n`)
  await chmod(program, 0o755)
  return { PATH: `${folder}:${gitTestEnvironment['PATH']}` }
}

test(
  'an option that git does not know is its age, where it is old',
  inFolder(async (folder) => {
    await createRepository(folder)
    for (const version of ['1.9.1', '2.9.5', '2.32.7']) {
      const env = await oldGit(folder, version)
      await failureOf(open(folder, { env }), 'DM_GIT_TOO_OLD')
    }
    const env = await oldGit(folder, '2.33.0')
    await failureOf(open(folder, { env }), 'DM_GIT_FAILED')
  }),
)

test(
  'else the command and git’s words are told',
  inFolder(async (folder) => {
    await createRepository(folder)
    const place = { cwd: folder, env: gitEnvironment(gitTestEnvironment) }
    await failureOf(readGit(place, ['rev-parse', '--verify', 'nothing']), 'DM_GIT_FAILED')
  }),
)

test.run()
