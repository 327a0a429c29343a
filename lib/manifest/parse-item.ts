import { DmError } from '../errors/dm-error.ts'
import type { Manifest, VersionName } from './types.ts'

/** A dataset, or a version of it, as it was named. */
export interface NamedItem {
  readonly dataset: string
  /** Null: none was named. */
  readonly version: VersionName | 'latest' | null
}

/** How a command takes a version besides `NAME@vN`. */
export interface VersionOption {
  /** `--version`. */
  readonly flag: string
  /** What was given; undefined: nothing. */
  readonly version: string | undefined
}

export interface ItemOptions {
  /** The version as an option of its own, where the command has one. */
  readonly option?: VersionOption
  /** What is to be done where something else than a version is given. */
  readonly advice?: string
}

const otherwise = 'dm log NAME shows those that there are'

/**
 * What `NAME` or `NAME@vN` names. A name that the manifest has is taken as it is, also where it looks
 * like `NAME@vN`. Whether there is such a version, nobody has looked.
 *
 * @throws DM_USAGE, exit 2
 */
export function parseItem(
  manifest: Manifest,
  text: string,
  { option, advice = otherwise }: ItemOptions = {},
): NamedItem {
  const given = option?.version
  if (manifest.datasets.some(({ fileName }) => fileName === text)) {
    return { dataset: text, version: verifyVersion(given, advice) }
  }
  const [, name = text, version] = /^(.+)@([^@]*)$/.exec(text) ?? []
  if (version !== undefined && given !== undefined && version !== given) {
    throw new DmError('DM_USAGE', {
      problem: `Two versions are asked for: ${version} and ${given}.`,
      hint: `Give the version once: NAME@vN or ${option?.flag} vN.`,
    })
  }
  return { dataset: name, version: verifyVersion(version ?? given, advice) }
}

function verifyVersion(version: string | undefined, advice: string): NamedItem['version'] {
  if (version === undefined) return null
  if (version === 'latest' || /^v[1-9]\d*$/.test(version)) return version
  throw new DmError('DM_USAGE', {
    problem: `'${version}' is not a version.`,
    hint: `Versions are v1, v2, …; ${advice}.`,
  })
}

/** As `parseItem` reads it: `NAME`, or `NAME@vN`. */
export function formatItem({ dataset, version }: NamedItem): string {
  return version === null ? dataset : `${dataset}@${version}`
}
