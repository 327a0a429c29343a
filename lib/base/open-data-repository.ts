import type { Project } from '../config/open-project.ts'
import { openRepository, type Repository } from '../git/repository.ts'
import { repositoryName } from '../git/repository-name.ts'
import { openStores, type Stores } from '../store/open-stores.ts'

/** A data repository as git and its stores hold it. */
export interface DataRepository {
  readonly repository: Repository
  /** Its stamp. */
  readonly repositoryName: string
  readonly stores: Stores
}

/** Contacts nothing yet. Throws as `openRepository`. */
export async function openDataRepository(
  { root, config, env, settings }: Project,
  signal: AbortSignal,
): Promise<DataRepository> {
  const repository = await openRepository({ cwd: root, env, ...config.git, signal })
  const name = repositoryName(repository, config.repository)
  const { commonDir } = repository
  const stores = openStores({ config, env: settings, root, commonDir, repository: name })
  return { repository, repositoryName: name, stores }
}
