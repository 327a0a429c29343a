import { openRepository as open } from '../../lib/git/repository.ts'
import { repositoryName } from '../../lib/git/repository-name.ts'
import { defineStep } from '../../lib/graph/step.ts'
import { openStores } from '../../lib/store/open-stores.ts'

export const openRepository = defineStep({
  id: 'open-repository',
  title: 'Open the data repository',
  needs: ['project'],
  provides: ['repository', 'repositoryName', 'stores'],
  async run({ project }, { signal }) {
    const { root, config, env, settings } = project
    const repository = await open({ cwd: root, env, ...config.git, signal })
    const name = repositoryName(repository, config.repository)
    const { commonDir } = repository
    return {
      repository,
      repositoryName: name,
      stores: openStores({ config, env: settings, root, commonDir, repository: name }),
    }
  },
})
