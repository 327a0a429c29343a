import path from 'node:path'
import { dmHere } from '../helpers/dm-here.ts'
import { cloneRepository } from '../helpers/git-repository.ts'
import { onScene, owner, type Scene } from '../lib/publication/scene.ts'

/** One that dm is run on as a user does: `main` is on a remote, and there is a clone of it. */
export interface WorkScene extends Scene {
  /** The clone. */
  readonly work: string
  /** Runs dm there, in this process. */
  readonly dm: (...args: string[]) => ReturnType<typeof dmHere>
  /** Runs publish, which must end with this, and returns what was told of it. */
  readonly publish: (exit: number, code?: string | null) => Promise<Told>
}

/** Everything is `<what it is of> <code>`, but for what was removed and kept: keys, and reasons. */
export interface Told {
  readonly document: Record<string, unknown>
  readonly published: string[]
  readonly deleted: string[]
  readonly failed: string[]
  readonly problems: string[]
  readonly notices: string[]
  readonly removed: string[]
  readonly kept: Record<string, string>
}

/** Runs a test body on one of its own; `production` is public. */
export function onWork(
  body: (scene: WorkScene) => Promise<void>,
  settings: object = {},
): () => Promise<void> {
  const url = 'https://data.example.org/'
  const config = { buckets: { staging: {}, production: { url }, internal: {} }, ...settings }
  return onScene(
    async (scene) => {
      const {
        git,
        folder: work,
        write,
      } = await cloneRepository(scene.home.folder, path.join(scene.folder, 'work'))
      await git('config', 'user.name', 'Ada Test')
      const storage = { type: 'folder', path: path.join(scene.folder, 'store') }
      const whole = { storage, repository: owner, ...config }
      await write({ 'datamanager.config.json': JSON.stringify(whole) })
      const dm: WorkScene['dm'] = (...args) => dmHere(work, args)
      await body({
        ...scene,
        work,
        dm,
        publish: async (exit, code = null) => {
          const run = await dm('publish')
          if (run.exit !== exit || run.code !== code) {
            throw new Error(`${run.exit} ${run.code}: ${JSON.stringify(run.document)}`)
          }
          return toldBy(run.document)
        },
      })
    },
    { config, remote: true },
  )
}

interface Row {
  readonly dataset: string
  readonly version: string | null
  readonly code: string
  readonly key: string
  readonly reason: string
}

function toldBy(document: Record<string, unknown>): Told {
  const rows = (field: string): Row[] => document[field] as Row[]
  const names = (field: string): string[] =>
    rows(field).map(({ dataset, version, code }) =>
      [dataset.replace(/\.sqlite$/, ''), version, code].filter(Boolean).join(' '),
    )
  return {
    document,
    published: names('published'),
    deleted: names('deleted'),
    failed: names('failed'),
    problems: names('problems'),
    notices: rows('notices').map(({ code }) => code),
    removed: rows('removed').map(({ key }) => key),
    kept: Object.fromEntries(rows('kept').map(({ key, reason }) => [key, reason])),
  }
}
