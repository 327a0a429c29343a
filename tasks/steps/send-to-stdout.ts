import { sendFile } from '../../lib/files/send-file.ts'
import { defineStep } from '../../lib/graph/step.ts'

export const sendToStdout = defineStep({
  id: 'send-to-stdout',
  title: 'Send it to stdout',
  needs: ['destination', 'pulled', 'stdout'],
  provides: [],
  mutates: true,
  skip: ({ destination }) =>
    destination.passing ? undefined : { reason: 'the destination is a file', facts: {} },
  plan: () => ({}),
  async run({ destination, stdout }, { signal }) {
    await sendFile(destination.path, stdout, signal)
    return {}
  },
})
