import { DmError } from '../errors/dm-error.ts'
import type { Manifest, VersionName } from './types.ts'

/** A dataset, or a version of it, as it was named. */
export interface NamedItem {
  readonly dataset: string
  /** Null: none was named. */
  readonly version: VersionName | 'latest' | null
}

/**
 * What `NAME` or `NAME@vN` names. A name that the manifest has is taken as it is, also where it looks
 * like `NAME@vN`. Whether there is such a version, nobody has looked.
 *
 * @param option the version as an option of its own, where the command has one
 * @throws DM_USAGE, exit 2
 */
export function parseItem(manifest: Manifest, text: string, option?: string): NamedItem {
  if (manifest.datasets.some(({ fileName }) => fileName === text)) {
    return { dataset: text, version: verifyVersion(option) }
  }
  const [, name = text, version] = /^(.+)@([^@]*)$/.exec(text) ?? []
  if (version !== undefined && option !== undefined && version !== option) {
    throw new DmError('DM_USAGE', {
      problem: `Two versions are asked for: ${version} and ${option}.`,
      hint: 'Give the version once: NAME@vN or --version vN.',
    })
  }
  return { dataset: name, version: verifyVersion(version ?? option) }
}

function verifyVersion(version: string | undefined): NamedItem['version'] {
  if (version === undefined) return null
  if (version === 'latest' || /^v[1-9]\d*$/.test(version)) return version
  throw new DmError('DM_USAGE', {
    problem: `'${version}' is not a version.`,
    hint: 'Versions are v1, v2, …; leave it out for the latest.',
  })
}
