import { hashFile as hash } from '../../lib/files/hash-file.ts'
import { defineStep } from '../../lib/graph/step.ts'

export const hashFile = defineStep({
  id: 'hash-file',
  title: 'Hash the file',
  needs: ['file'],
  provides: ['sha256', 'bytes', 'fileIdentity'],
  required: true,
  async run({ file }, { signal, report }) {
    const onProgress = (done: number, total: number): void => report({ done, total })
    const { sha256, bytes, identity } = await hash(file, { signal, onProgress })
    return { sha256, bytes, fileIdentity: identity }
  },
})
