import { verifyIdentity } from '../../lib/git/write-commit.ts'
import { defineStep } from '../../lib/graph/step.ts'

export const identifyAuthor = defineStep({
  id: 'identify-author',
  title: 'Check who makes the commit',
  needs: ['repository'],
  provides: ['identity'],
  required: true, // git itself looks it up: another step in its place would change nothing
  async run({ repository }, { signal }) {
    return { identity: await verifyIdentity(repository, signal) }
  },
})
