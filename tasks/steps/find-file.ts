import { openFileArgument } from '../../lib/files/file-argument.ts'
import { verifyNoJournal } from '../../lib/sqlite/verify-no-journal.ts'
import { defineStep } from '../../lib/graph/step.ts'

export const findFile = defineStep({
  id: 'find-file',
  title: 'Find the file',
  needs: ['project', 'fileArgument', 'datasetName'],
  provides: ['file'],
  async run({ project, fileArgument, datasetName }, { dispose }) {
    const file = await openFileArgument(project.cwd, fileArgument, datasetName)
    dispose(() => file.handle.close())
    // Before the run can end because the bytes are known: beside a journal they are not what counts.
    await verifyNoJournal(file.path)
    return { file }
  },
})
