import type { VersionEntry, VersionName } from './types.ts'

/** The number of a version name that a manifest has: `v12` → 12. */
export function versionNumber(version: VersionName): number {
  return Number(version.slice(1))
}

/** For sorting entries, highest version first. */
export function byVersionDescending(a: VersionEntry, b: VersionEntry): number {
  return versionNumber(b.version) - versionNumber(a.version)
}

/** The highest number in a history, pending or not; 0 in an empty one. */
export function highestNumber(history: readonly Pick<VersionEntry, 'version'>[]): number {
  return history.reduce((highest, { version }) => Math.max(highest, versionNumber(version)), 0)
}

/**
 * The number that the next version of a dataset has.
 *
 * @param retired the highest number of the dataset that was given up (`highestRetired`); 0: none
 */
export function nextVersion(
  history: readonly Pick<VersionEntry, 'version'>[],
  retired: number,
): VersionName {
  return `v${Math.max(highestNumber(history), retired) + 1}`
}
