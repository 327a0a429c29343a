import type { Stamp } from '../store.ts'

/** The stamp as the user metadata of an object. */
export function toMetadata({ sha256, bucket }: Stamp, repository: string): Record<string, string> {
  return { sha256, repository, ...(bucket === undefined ? {} : { bucket }) }
}

/** The stamp in an object's metadata; null for what is missing or no valid hash. */
export function fromMetadata(metadata: Record<string, string> | undefined): {
  sha256: string | null
  repository: string | null
  bucket: string | null
} {
  const sha256 = metadata?.['sha256']
  return {
    sha256: sha256 !== undefined && /^[0-9a-f]{64}$/.test(sha256) ? sha256 : null,
    repository: metadata?.['repository'] ?? null,
    bucket: metadata?.['bucket'] ?? null,
  }
}
