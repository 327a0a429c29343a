import type { Problem } from '../errors/dm-error.ts'
import { lineCounter, offsetFinder } from '../manifest/json/json-path.ts'
import { emptyManifest, type Manifest } from '../manifest/types.ts'

/** A problem, and where in the proposed manifest it stands. */
export interface PlacedProblem extends Problem {
  /** From git's root. */
  readonly file: string
  /** From 1. */
  readonly line: number
}

/**
 * Places problems: where a version, or its dataset, stands; what is gone stands at the beginning.
 *
 * @param manifest the proposed one; null: it cannot be read
 * @param file its path from git's root
 */
export function placeProblems(
  manifest: Manifest | null,
  file: string,
): (problem: Problem) => PlacedProblem {
  const { datasets, origin } = manifest ?? emptyManifest
  const offsetOf = origin === null ? () => 0 : offsetFinder(origin)
  const positionOf = lineCounter(origin?.text ?? '')
  return (problem) => {
    const index = datasets.findIndex(({ fileName }) => fileName === problem.dataset)
    const history = datasets[index]?.history ?? []
    const position = history.findIndex(({ version }) => version === problem.version)
    const path = index === -1 ? [] : position === -1 ? [index] : [index, 'history', position]
    return { ...problem, file, line: positionOf(offsetOf(path)).line }
  }
}
