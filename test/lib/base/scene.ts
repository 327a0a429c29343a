import path from 'node:path'
import type { Repository } from '../../../lib/git/repository.ts'
import type { RetiredObject } from '../../../lib/manifest/retired.ts'
import type { Dataset } from '../../../lib/manifest/types.ts'
import { commitFiles } from '../../helpers/commit-files.ts'
import {
  cloneRepository,
  createRepository,
  type TestRepository,
} from '../../helpers/git-repository.ts'
import { inFolder } from '../../helpers/in-folder.ts'
import { open } from '../git/sandbox.ts'

/** A commit: manifest and list where they change, and how it goes on. */
export interface Step {
  /** Default: `main`. */
  readonly branch?: string
  readonly from?: string | null
  readonly merge?: string
  readonly manifest?: readonly Dataset[] | string | null
  readonly retired?: RetiredText | string | null
  readonly files?: Record<string, string | null>
  readonly message?: string
}

export interface RetiredText {
  readonly numbers: Readonly<Record<string, number>>
  readonly objects: readonly RetiredObject[]
}

export interface Home {
  /** Where branches live, without a work tree. */
  readonly home: TestRepository
  /** Makes commits, each on top of the one before it on its branch; returns `main`. */
  readonly commit: (...steps: readonly Step[]) => Promise<string>
  /** A reference's commit. */
  readonly at: (name: string) => Promise<string>
  /** A clone, with options of `git clone`; default: complete. */
  readonly clone: (...options: readonly string[]) => Promise<Repository>
  readonly open: () => Promise<Repository>
}

/** Runs a test body on a bare repository without commits. */
export function atHome(body: (home: Home) => Promise<void>): () => Promise<void> {
  return () =>
    inFolder(async (folder) => {
      const home = await createRepository(path.join(folder, 'home.git'), { bare: true })
      const at = (name: string): Promise<string> => home.git('rev-parse', name)
      let clones = 0
      await body({
        home,
        at,
        open: () => open(home.folder),
        clone: async (...options) => {
          const place = path.join(folder, `clone-${++clones}`)
          const url = `file://${home.folder}`
          return open((await cloneRepository(url, place, ['--no-checkout', ...options])).folder)
        },
        commit: async (...steps) => {
          const commits = steps.map(({ branch = 'main', from, merge, message, ...step }) => {
            const ref = branch.startsWith('refs/') ? branch : `refs/heads/${branch}`
            return { ref, from, merge, message, files: filesOf(step) }
          })
          await commitFiles(home.folder, commits)
          return at('main')
        },
      })
    })
}

function filesOf({ manifest, retired, files }: Step): Record<string, string | null> {
  return {
    ...(manifest === undefined ? {} : { 'manifest.json': textOf(manifest) }),
    ...(retired === undefined ? {} : { 'manifest.retired.json': textOf(retired) }),
    ...files,
  }
}

function textOf(value: unknown): string | null {
  if (value === null || typeof value === 'string') return value
  return `${JSON.stringify(value, null, 2)}\n`
}
