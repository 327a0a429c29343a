import path from 'node:path'
import { readFileIdentity } from '../../lib/files/file-identity.ts'
import { defineStep } from '../../lib/graph/step.ts'

export const findFile = defineStep({
  id: 'find-file',
  title: 'Find the file',
  needs: ['project', 'fileArgument'],
  provides: ['file'],
  async run({ project, fileArgument }) {
    const file = path.resolve(project.cwd, fileArgument)
    await readFileIdentity(file)
    return { file }
  },
})
