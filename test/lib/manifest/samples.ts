import { formatManifest } from '../../../lib/manifest/format-manifest.ts'
import { objectKey } from '../../../lib/manifest/keys.ts'
import { parseManifest } from '../../../lib/manifest/parse-manifest.ts'
import type { Dataset, Manifest, VersionEntry } from '../../../lib/manifest/types.ts'

/** A SHA-256 that a number can be told by: its digits, repeated. */
export function sha(number: number): string {
  return `${number}`.repeat(64).slice(0, 64)
}

/** A published entry of `model.sqlite`; its hash is `sha(number)`. */
export function published(number: number, fields: Partial<VersionEntry> = {}): VersionEntry {
  const version = `v${number}`
  return {
    version,
    timestamp: '2026-01-02T03:04:05.678Z',
    sha256: sha(number),
    r2_object_key: objectKey(null, 'model.sqlite', version, sha(number)),
    diffFromPrevious: null,
    commit: 'abcdef1',
    description: `The ${version}`,
    ...fields,
  }
}

/** An upload of `model.sqlite` that waits for its publication. */
export function upload(number: number, fields: Partial<VersionEntry> = {}): VersionEntry {
  const staging = { staging_key: `staging-uploads/${sha(number)}.sqlite` }
  return published(number, { ...staging, commit: 'pending-merge', ...fields })
}

/** A pending entry that restores what an older one names. */
export function rollback(
  number: number,
  restored: VersionEntry,
  fields: Partial<VersionEntry> = {},
): VersionEntry {
  const { sha256, r2_object_key } = restored
  return published(number, { sha256, r2_object_key, commit: 'pending-merge', ...fields })
}

/** The dataset `model.sqlite` in the default bucket, with these entries as they are given. */
export function dataset(history: readonly VersionEntry[], fields: Partial<Dataset> = {}): Dataset {
  return { fileName: 'model.sqlite', history, ...fields }
}

/** These datasets as they are read from a file. */
export function manifest(...datasets: readonly Dataset[]): Manifest {
  return read(`${JSON.stringify(datasets, null, 2)}\n`)
}

/** Reads a text as the file `manifest.json`. */
export function read(input: Uint8Array | string): Manifest {
  return parseManifest(input, { source: 'manifest.json' })
}

/** What is in the file that a manifest would be written to. */
export function written(edited: Manifest): Dataset[] {
  return JSON.parse(formatManifest(edited)) as Dataset[]
}
