import { hashFile as hash } from '../../lib/files/hash-file.ts'
import { defineStep } from '../../lib/graph/step.ts'

export const hashFile = defineStep({
  id: 'hash-file',
  title: 'Hash the file',
  needs: ['file'],
  provides: ['database'],
  required: true,
  async run({ file }, { signal, report }) {
    const onProgress = (done: number, total: number): void => report({ done, total })
    return { database: await hash(file, { signal, onProgress }) }
  },
})
