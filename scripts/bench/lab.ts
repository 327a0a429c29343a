import type { Databases } from './databases.ts'
import type { LineSpeed } from './line.ts'
import type { Peers } from './peers.ts'
import type { LineName } from './results.ts'
import type { Service } from './service.ts'

/** What every piece of work is given. */
export interface Lab {
  /** A folder of this run. */
  readonly folder: string
  readonly programs: Programs
  readonly service: Service
  readonly peers: Peers
  readonly databases: Databases
  readonly lines: readonly LineName[]
  readonly slowLine: LineSpeed
  readonly runs: { readonly [line in LineName]: number }
  readonly signal: AbortSignal
  /** Tells what is going on. */
  readonly say: (sentence: string) => void
}

/** Builds of dm, as paths that node runs. */
export interface Programs {
  readonly dm: string
  /** An older one to compare with; null: none. */
  readonly before: string | null
  /** Whether the config of `dm` knows `compression`. */
  readonly hasForms: boolean
}
