import { defineStep } from '../../lib/graph/step.ts'
import { writeFiles } from '../../lib/setup/write-files.ts'

export const writeSetup = defineStep({
  id: 'write-setup',
  title: 'Write the files',
  needs: ['site', 'setup'],
  provides: ['written'],
  mutates: true,
  plan: ({ setup }) => ({ written: setup.planned.map(({ path }) => path) }),
  async run({ site, setup }) {
    await writeFiles(site.folder, setup.planned)
    return { written: setup.planned.map(({ path }) => path) }
  },
})
