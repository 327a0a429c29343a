import type { BaseHistory } from '../base/base-history.ts'
import type { Candidate } from './remove-unreferenced.ts'

/** How many of the newest states of the manifest are looked at for what a killed run left. */
const recentStates = 20

/**
 * Objects that the base's recent history named and its tip does not: a run that was killed after
 * its push has left them. They are removed where nothing else refers to them.
 *
 * @param staging logical name of the staging bucket
 */
export function findLeftovers(history: BaseHistory, staging: string): Candidate[] {
  const [tip, ...older] = history.slice(0, recentStates)
  const named = (state: BaseHistory[number]): Candidate[] =>
    state.entries.flatMap(({ bucket, key, stagingKey }) => [
      { bucket, key },
      ...(stagingKey === null ? [] : [{ bucket: staging, key: stagingKey }]),
    ])
  const idOf = ({ bucket, key }: Candidate): string => `${bucket}\0${key}`
  const still = new Set(tip === undefined ? [] : named(tip).map(idOf))
  const candidates = new Map(older.flatMap(named).map((one) => [idOf(one), one]))
  return [...candidates].filter(([id]) => !still.has(id)).map(([, candidate]) => candidate)
}
