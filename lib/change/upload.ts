import { DmError } from '../errors/dm-error.ts'
import type { HashedFile } from '../files/hash-file.ts'
import { withFields } from '../manifest/json/source-text.ts'
import { createEntry } from '../manifest/create-entry.ts'
import { addPendingEntry } from '../manifest/edits.ts'
import {
  folderOf,
  objectKey,
  parseStagingKey,
  type StagedForm,
  stagingKey,
} from '../manifest/keys.ts'
import { findPrivate } from '../manifest/legal-changes.ts'
import { findDataset } from '../manifest/lookup.ts'
import { isPending } from '../manifest/status.ts'
import type { Dataset, Manifest, VersionEntry } from '../manifest/types.ts'
import type { Change } from './change.ts'
import type { Target } from './target.ts'

export interface UploadRequest {
  /** The manifest of the base. */
  readonly manifest: Manifest
  readonly target: Target
  readonly database: Pick<HashedFile, 'sha256' | 'bytes'>
  /** How its bytes are staged. */
  readonly form: StagedForm
  /** Whose staged bytes they are: the stamp. */
  readonly repository: string
  readonly date: Date
  /** The author's words; undefined: none. */
  readonly message: string | undefined
  /** Whether bytes that a private dataset has may become public. */
  readonly disclose: boolean
  /** Whether a bucket, by its logical name, is open to everybody. */
  readonly isPublic: (bucket: string) => boolean
}

/** A new version of a dataset, made from a database. */
export interface Upload extends Change {
  readonly entry: VersionEntry
}

/**
 * Plans a new version.
 *
 * @throws DM_DISCLOSURE_UNCONFIRMED, exit 2, where a private dataset has these bytes and the new
 *   version would be public
 */
export function planUpload(request: UploadRequest): Upload {
  const { manifest, target, database, form, repository, disclose, isPublic } = request
  const { dataset, version, bucket } = target
  const { sha256, bytes } = database
  const other = isPublic(bucket) ? findPrivate(manifest, sha256, isPublic) : undefined
  if (other !== undefined && !disclose) {
    throw new DmError('DM_DISCLOSURE_UNCONFIRMED', { dataset, bucket, private: other })
  }
  const entry = createEntry({
    version,
    timestamp: request.date,
    sha256,
    bytes,
    key: objectKey(findDataset(manifest, dataset) ?? null, dataset, version, sha256),
    stagingKey: stagingKey(repository, bucket, sha256, form),
    diffFromPrevious: null,
    description: request.message,
    disclose: other !== undefined,
    fields: target.fields,
  })
  return {
    dataset,
    slug: version,
    isNumbered: true,
    digits: sha256.slice(0, 8),
    subject: `Add ${dataset} ${version}`,
    edit: (before) => {
      const kept = withKnownForm(entry, findDataset(before, dataset))
      return addPendingEntry(before, { dataset, bucket, entry: kept })
    },
    entry,
  }
}

/** The same bytes that are proposed already, in the form that they are proposed in. */
function withKnownForm(entry: VersionEntry, dataset: Dataset | undefined): VersionEntry {
  const { staging_key: own = '' } = entry
  const { staging_key: key = '' } =
    dataset?.history.find(({ version }) => version === entry.version) ?? {}
  const form = parseStagingKey(key)
  if (form?.sha256 !== entry.sha256 || folderOf(key) !== folderOf(own)) return entry
  const isFounded =
    form.form !== 'delta' ||
    dataset?.history.some((one) => one.sha256 === form.base && !isPending(one)) === true
  return isFounded ? withFields(entry, { staging_key: key }) : entry
}
