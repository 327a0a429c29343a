import { type DmError, isDmError } from '../../lib/errors/dm-error.ts'
import { defineStep } from '../../lib/graph/step.ts'
import { readBase } from '../../lib/git/read-base.ts'
import { fetchBase } from '../../lib/git/fetch-base.ts'
import { findReferences } from '../../lib/publication/find-references.ts'
import { removeUnreferenced as remove } from '../../lib/publication/remove-unreferenced.ts'

export const removeUnreferenced = defineStep({
  id: 'remove-unreferenced',
  title: 'Remove what nothing refers to any more',
  needs: [
    ...(['project', 'repository', 'repositoryName', 'stores'] as const),
    ...(['published', 'deleted', 'leftovers'] as const),
  ],
  provides: ['removed'],
  required: true,
  mutates: true,
  skip: ({ published, deleted, leftovers }) =>
    published.length + deleted.length + leftovers.length === 0
      ? { reason: 'nothing to remove', facts: { removed: [] } }
      : undefined,
  plan: () => ({ removed: [] }),
  async run({ project, repository, repositoryName, stores, ...given }, { signal, notice }) {
    const { published, deleted, leftovers } = given
    const { staging, manifest } = project.config
    const staged = published.flatMap(({ stagingKey }) =>
      stagingKey === null ? [] : [{ bucket: staging, key: stagingKey }],
    )
    await fetchBase(repository, signal)
    const tip = await readBase(repository, signal)
    if (tip === null) return { removed: [] }
    // Everything is published: what cannot be removed now is told, and left to the next run.
    const tell = (error: DmError): void => notice(`Not everything was removed: ${error.message}`)
    try {
      const references = await findReferences(repository, tip, manifest, signal)
      const removed = await remove([...staged, ...deleted, ...leftovers], {
        references,
        staging,
        repository: repositoryName,
        signal,
        open: stores.open,
        onFailure: (_, error) => tell(error),
      })
      return { removed }
    } catch (error) {
      if (signal.aborted || !isDmError(error)) throw error
      tell(error)
      return { removed: [] }
    }
  },
})
