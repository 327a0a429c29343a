import { isDeepStrictEqual } from 'node:util'
import { findDataset } from './lookup.ts'
import type { Dataset, Manifest, VersionEntry } from './types.ts'

/**
 * The manifest that the base would have with what a proposal changes of where it left the base: what
 * is legal, is legal there. Entries are told apart by dataset and version.
 *
 * @param fork where the proposal left the base
 */
export function mergeProposal(fork: Manifest, proposed: Manifest, base: Manifest): Manifest {
  const names = new Set([...base.datasets, ...proposed.datasets].map(({ fileName }) => fileName))
  const datasets = [...names].flatMap((name) => {
    const [before, after, now] = [fork, proposed, base].map((one) => findDataset(one, name))
    return mergeDataset(before, after, now) ?? []
  })
  return { datasets, origin: null }
}

function mergeDataset(
  before: Dataset | undefined,
  after: Dataset | undefined,
  now: Dataset | undefined,
): Dataset | undefined {
  if (after === undefined) return before === undefined ? now : undefined
  if (now === undefined && before === undefined) return after
  const history = mergeHistory(before?.history ?? [], after.history, now?.history ?? [])
  const { status: _status, ...rest } = now ?? after
  const isStatusOurs = after.status !== before?.status
  const status = isStatusOurs ? after.status : now?.status
  return { ...rest, ...(status === undefined ? {} : { status }), history }
}

function mergeHistory(
  before: readonly VersionEntry[],
  after: readonly VersionEntry[],
  now: readonly VersionEntry[],
): VersionEntry[] {
  const old = byVersion(before)
  const kept = byVersion(now)
  const still = byVersion(after)
  for (const { version } of before) if (!still.has(version)) kept.delete(version)
  for (const entry of after) {
    if (!isDeepStrictEqual(old.get(entry.version), entry)) kept.set(entry.version, entry)
  }
  return [...kept.values()]
}

function byVersion(history: readonly VersionEntry[]): Map<string, VersionEntry> {
  return new Map(history.map((entry) => [entry.version, entry]))
}
