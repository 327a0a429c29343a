import type { VersionEntry, VersionName } from './types.ts'

/** The number of a version name that a manifest has: `v12` → 12. */
export function versionNumber(version: VersionName): number {
  return Number(version.slice(1))
}

/** For sorting entries, highest version first. */
export function byVersionDescending(a: VersionEntry, b: VersionEntry): number {
  return versionNumber(b.version) - versionNumber(a.version)
}
