import type { GitPlace } from './run-git.ts'

/** A git repository as `openRepository` found it; what the functions of this folder work on. */
export interface Repository extends GitPlace {
  /** Absolute path of the work tree's root (of the git folder, where bare); git runs here. */
  readonly root: string
  /** Absolute path of this work tree's git folder. */
  readonly gitDir: string
  /** Absolute path of the git folder that all linked work trees share. */
  readonly commonDir: string
  /** Path of the data repository inside the root: '' or 'sub/folder/'. */
  readonly prefix: string
  readonly isBare: boolean
  /** Whether it is a clone that fetches some objects only when they are read (`--filter`). */
  readonly isPartial: boolean
  /** The remote's name; null where the repository has no remote at all. */
  readonly remote: string | null
  /** The remote's URL as configured: may hold credentials, never print it. */
  readonly remoteUrl: string | null
  /** Name of the branch that counts. */
  readonly base: string
}
