import type { WithRemote } from '../../../lib/git/repository.ts'
import { writeCommit } from '../../../lib/git/write-commit.ts'
import {
  gitHttpServer,
  type GitHttpServer,
  type GitHttpServerOptions,
} from '../../helpers/git-http-server.ts'
import { createRemoteAndClone, type TestRepository } from '../../helpers/git-repository.ts'
import { inFolder, openWithRemote } from './sandbox.ts'

/** A remote with one commit, and its clone. */
export interface Scene {
  readonly folder: string
  readonly remote: TestRepository
  readonly work: TestRepository
  readonly repository: WithRemote
  readonly base: string
}

export const pushRequest = 'POST /remote.git/git-receive-pack'

export async function scene(folder: string): Promise<Scene> {
  const { remote, work } = await createRemoteAndClone(folder, { a: '1' })
  const repository = await openWithRemote(work.folder)
  const base = await work.git('rev-parse', 'main')
  return { folder, remote, work, repository, base }
}

/** As `inFolder`, with a remote, a clone, and the clone's connection over HTTP. */
export function overHttp(
  options: GitHttpServerOptions,
  body: (scene: Scene & { server: GitHttpServer }) => Promise<void>,
): () => Promise<void> {
  return inFolder(async (folder) => {
    const { remote, work } = await createRemoteAndClone(folder, { a: '1' })
    const server = await gitHttpServer(folder, options)
    try {
      await work.git('remote', 'set-url', 'origin', server.url('remote.git'))
      const repository = await openWithRemote(work.folder)
      const base = await work.git('rev-parse', 'main')
      await body({ folder, remote, work, repository, base, server })
    } finally {
      await server.close()
    }
  })
}

/** Writes a commit that changes one file. */
export function change(repository: WithRemote, parent: string, text: string): Promise<string> {
  const files = new Map([['a', Buffer.from(text)]])
  return writeCommit(repository, { parents: [parent], files, message: `Write ${text}` })
}
