import { shellQuote } from '../../format/text.ts'
import { define } from '../define.ts'

export interface OfVersion {
  readonly dataset: string
  readonly version: string
}

/** The command that takes an entry back. */
const withdraw = ({ dataset, version }: OfVersion): string =>
  `dm withdraw ${shellQuote(`${dataset}@${version}`)}`

const takeBack = (item: OfVersion): string =>
  `Take the entry back (${withdraw(item)}), and prepare the file again.`

/**
 * Why a change of the manifest is not legal. Most are told as problems of one version, beside what
 * goes on.
 */
export const changeErrors = {
  DM_CHANGE_NAME: define<{ dataset: string; reason: string }>({
    exit: 3,
    message: ({ dataset, reason }) => `The name '${dataset}' ${reason}.`,
    hint: ({ dataset }) =>
      `Take the entry back (dm withdraw ${shellQuote(dataset)}), and prepare the file under another name.`,
  }),
  DM_CHANGE_BUCKET: define<{ dataset: string; bucket: string; established: string }>({
    exit: 3,
    message: ({ dataset, bucket, established }) =>
      `The dataset '${dataset}' was in the bucket '${established}' before this change, and is in '${bucket}' now: a bucket never changes.`,
    hint: ({ bucket, established }) =>
      `Set its 'bucket' back to '${established}'. Where '${bucket}' is the right one, put back after a mistake, take back what is pending and prepare it again.`,
  }),
  DM_CHANGE_DATASET_MARKED: define<OfVersion>({
    exit: 3,
    message: ({ dataset, version }) =>
      `'${dataset}' is marked for deletion and takes no new version, but ${version} is pending.`,
    hint: (item) =>
      `Take back the mark (dm withdraw ${shellQuote(item.dataset)}), or the entry (${withdraw(item)}).`,
  }),
  DM_CHANGE_ENTRY_MARKED: define<OfVersion>({
    exit: 3,
    message: ({ dataset, version }) =>
      `${version} of '${dataset}' is pending and marked for deletion.`,
    hint: (item) => `A pending version is taken back, not deleted: ${withdraw(item)}`,
  }),
  DM_CHANGE_VERSION: define<OfVersion & { expected: string }>({
    exit: 3,
    message: ({ dataset, version, expected }) =>
      `The new version of '${dataset}' must be ${expected}, one above the highest that there ever was, not ${version}.`,
    hint: takeBack,
  }),
  DM_CHANGE_NUMBER_USED: define<OfVersion & { key: string }>({
    exit: 3,
    message: ({ dataset, version, key }) =>
      `${version} of '${dataset}' was published before with other bytes (${key}).`,
    hint: takeBack,
  }),
  DM_CHANGE_KEY: define<OfVersion & { key: string }>({
    exit: 3,
    message: ({ dataset, version, key }) =>
      `The object key of ${version} of '${dataset}' must be '${key}'.`,
    hint: takeBack,
  }),
  DM_CHANGE_STAGING_KEY: define<OfVersion>({
    exit: 3,
    message: ({ dataset, version }) =>
      `The staging key of ${version} of '${dataset}' is not one that its bytes can have.`,
    hint: takeBack,
  }),
  DM_CHANGE_ROLLBACK: define<OfVersion>({
    exit: 3,
    message: ({ dataset, version }) =>
      `${version} of '${dataset}' has no staging key, so it is a rollback; but no published, unmarked version of the dataset has its key and hash.`,
    hint: (item) =>
      `Take the entry back (${withdraw(item)}), and roll back to a version that is there.`,
  }),
  DM_CHANGE_RETIRED: define<OfVersion & { key: string }>({
    exit: 3,
    message: ({ dataset, version, key }) =>
      `${version} of '${dataset}' goes back to an object that was given up and will be removed (${key}).`,
    hint: (item) =>
      `Take the entry back (${withdraw(item)}), and prepare the file itself as a new version.`,
  }),
  DM_CHANGE_DISCLOSURE: define<OfVersion & { private: string; bucket: string }>({
    exit: 3,
    message: ({ dataset, version, private: other, bucket }) =>
      `${version} of '${dataset}' would make public, in '${bucket}', bytes that the private dataset '${other}' has.`,
    hint: (item) =>
      `Where that is meant, prepare it again with --disclose; else take the entry back: ${withdraw(item)}`,
  }),
  DM_CHANGE_PREDECESSOR: define<OfVersion & { below: string }>({
    exit: 3,
    message: ({ dataset, version, below }) =>
      `${version} of '${dataset}' comes after ${below}, which is pending too and is refused.`,
    hint: ({ below }) => `Correct ${below} first.`,
  }),
  DM_CHANGE_BLOCKED: define<OfVersion>({
    exit: 3,
    message: ({ dataset, version }) =>
      `${version} of '${dataset}' waits: published versions of the dataset are not what they should be.`,
    hint: () => 'Correct what is said of them first.',
  }),
  DM_CHANGE_PUBLISHED: define<OfVersion & { fields: string }>({
    exit: 3,
    message: ({ dataset, version, fields }) =>
      `${version} of '${dataset}' is published and never changes, but this differs: ${fields}.`,
    hint: () => 'Put back what was there.',
  }),
  DM_CHANGE_REMOVED: define<OfVersion>({
    exit: 3,
    message: ({ dataset, version }) =>
      `${version} of '${dataset}' is published, and was removed by hand.`,
    hint: () =>
      "Put it back and set its 'status' to 'pending-deletion': the next publication removes it.",
  }),
  DM_CHANGE_SELF_PUBLISHED: define<OfVersion>({
    exit: 3,
    message: ({ dataset, version }) =>
      `${version} of '${dataset}' says that it is published, but no publication has made it so.`,
    hint: () => "Until then its 'commit' is 'pending-merge'.",
  }),
}
