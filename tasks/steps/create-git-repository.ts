import { createRepository } from '../../lib/git/repository.ts'
import { defineStep } from '../../lib/graph/step.ts'

export const createGitRepository = defineStep({
  id: 'create-git-repository',
  title: 'Make a git repository',
  needs: ['site', 'env', 'gitWanted?'],
  provides: ['gitMade'],
  mutates: true,
  skip({ site, gitWanted }) {
    if (site.git === null && gitWanted) return undefined
    const reason = site.git === null ? 'No git repository is made' : 'There is a git repository'
    return { reason, facts: { gitMade: false } }
  },
  plan: () => ({ gitMade: true }),
  async run({ site, env }) {
    await createRepository(site.folder, env)
    return { gitMade: true }
  },
  changed: ({ site, gitMade }) => (gitMade ? `a git repository was made in ${site.folder}` : null),
})
