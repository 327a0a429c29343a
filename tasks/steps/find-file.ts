import path from 'node:path'
import { openFile } from '../../lib/files/file-identity.ts'
import { defineStep } from '../../lib/graph/step.ts'

export const findFile = defineStep({
  id: 'find-file',
  title: 'Find the file',
  needs: ['project', 'fileArgument'],
  provides: ['file'],
  async run({ project, fileArgument }, { dispose }) {
    const file = await openFile(path.resolve(project.cwd, fileArgument))
    dispose(() => file.handle.close())
    return { file }
  },
})
