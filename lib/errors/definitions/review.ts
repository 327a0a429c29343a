import { define } from '../define.ts'
import type { OfVersion } from './change.ts'

/** So many names fit into a sentence. */
const MOST = 5

function listed(names: readonly string[], further: number): string {
  const rest = names.length - MOST + further
  const shown = names.slice(0, MOST).map((name) => `'${name}'`)
  return `${shown.join(', ')}${rest > 0 ? `, and ${rest} more` : ''}`
}

const PROPOSE_AGAIN =
  'Its author runs the command that proposed it once more (dm prepare, dm rollback or dm rebase), with the datamanager and the config of the base: that writes the diff anew.'

/** What dm check has against a proposal, besides what is no legal change at all. */
export const reviewErrors = {
  DM_CHECK_PROBLEMS: define<{ count: number }>({
    exit: 3,
    message: ({ count }) =>
      `${count} ${count === 1 ? 'thing' : 'things'} must be corrected before this can be merged.`,
    hint: () => 'See what is said of each.',
  }),
  DM_CHECK_UNRELATED: define<{ base: string; head: string }>({
    exit: 3,
    message: ({ base, head }) => `'${head}' has no history in common with '${base}'.`,
    hint: ({ base }) => `Begin the branch at '${base}', and propose the change again.`,
  }),
  DM_CHECK_MIXED: define<{ files: readonly string[]; further: number }>({
    exit: 3,
    message: ({ files, further }) =>
      `This changes data, and other files as well: ${listed(files, further)}.`,
    hint: () => 'Propose them apart: code that is merged together with data is easily overlooked.',
  }),
  DM_CHECK_KINDS: define<{ dataset: string; kinds: readonly string[] }>({
    exit: 3,
    message: ({ dataset, kinds }) =>
      `More than one kind of change is proposed for '${dataset}': ${kinds.join(', ')}.`,
    hint: () => 'Propose them apart, one after the other.',
  }),
  DM_CHECK_FIELDS: define<{ dataset: string; version: string | null; fields: string }>({
    exit: 3,
    message: ({ dataset, version, fields }) =>
      `Of '${dataset}'${version === null ? '' : ` ${version}`} this is written by publications only: ${fields}.`,
    hint: () => 'Put back what was there.',
  }),
  DM_CHECK_FIELD_VALUE: define<OfVersion & { field: string; reason: string }>({
    exit: 3,
    message: ({ dataset, version, field, reason }) =>
      `The field '${field}' of '${dataset}' ${version} ${reason}.`,
    hint: ({ field }) =>
      `Prepare it again with --field ${field}=VALUE; what a value must be says 'fields' in the config.`,
  }),
  DM_CHECK_TIMESTAMP: define<OfVersion & { timestamp: string; reason: string }>({
    exit: 3,
    message: ({ dataset, version, timestamp, reason }) =>
      `${version} of '${dataset}' says that it was prepared at ${timestamp}, which ${reason}.`,
    hint: () => 'Prepare it again, on a machine whose clock is right.',
  }),
  DM_CHECK_BYTES: define<OfVersion>({
    exit: 3,
    message: ({ dataset, version }) => `${version} of '${dataset}' does not say its size.`,
    hint: () => "Prepare it again: 'bytes' is what a reviewer and a download go by.",
  }),
  DM_CHECK_REVERSAL: define<OfVersion>({
    exit: 3,
    message: ({ dataset, version }) =>
      `${version} of '${dataset}' is published and would be pending again, but it was never pending like this.`,
    hint: () => "Put it back; to repeat a publication, revert its commit with 'git revert'.",
  }),
  DM_CHECK_RETIRED: define<{ file: string }>({
    exit: 3,
    message: ({ file }) => `'${file}' is changed, which only a publication does.`,
    hint: () => 'Put back what was there.',
  }),
  DM_CHECK_DIFF_MISSING: define<OfVersion & { path: string }>({
    exit: 3,
    message: ({ dataset, version, path }) =>
      `The diff that ${version} of '${dataset}' names is not there as a file: '${path}'.`,
    hint: () => PROPOSE_AGAIN,
  }),
  DM_CHECK_DIFF_PATH: define<OfVersion & { path: string; expected: string }>({
    exit: 3,
    message: ({ dataset, version, path, expected }) =>
      `${version} of '${dataset}' names a diff that is not its own, '${path}' instead of '${expected}'.`,
    hint: () => PROPOSE_AGAIN,
  }),
  DM_CHECK_DIFF_PRIVATE: define<OfVersion & { bucket: string }>({
    exit: 3,
    message: ({ dataset, version, bucket }) =>
      `${version} of '${dataset}' is for '${bucket}', which is private, but has a diff in git.`,
    hint: () =>
      'Take the diff out of every commit of the branch, and treat what stood in it as disclosed.',
  }),
  DM_CHECK_DIFF_FALSE: define<OfVersion & { from: string; path: string; line: number }>({
    exit: 3,
    message: ({ dataset, version, from, path, line }) =>
      `The diff of '${dataset}' ${version} is not what the bytes say: '${path}' differs, from line ${line} on, from what is computed of ${from} and ${version}.`,
    hint: () => PROPOSE_AGAIN,
  }),
  DM_CHECK_DIFF_STAGED: define<OfVersion & { from: string }>({
    exit: 3,
    message: ({ dataset, version, from }) =>
      `The diff of '${dataset}' ${version} that lies beside its staged bytes is not what is computed of ${from} and ${version}.`,
    hint: () =>
      'Have it prepared again with the datamanager and the config of the base, by an author who compares the two: dm prepare replaces it.',
  }),
  DM_CHECK_UNCOMPARED: define<OfVersion>({
    exit: 1,
    message: ({ dataset, version }) =>
      `${version} of '${dataset}' could not be compared; its bucket is private, so the reason is not said here.`,
    hint: () => `Run dm check where nobody else reads along, without CI in the environment.`,
  }),
  DM_CHECK_DIFF_STRAY: define<{ files: readonly string[]; further: number }>({
    exit: 3,
    message: ({ files, further }) =>
      `Diffs are changed that belong to no version that is proposed here: ${listed(files, further)}.`,
    hint: () => 'Put back what was there.',
  }),
  DM_CHECK_NO_DIFF: define<OfVersion>({
    exit: 3,
    message: ({ dataset, version }) =>
      `${version} of '${dataset}' comes without a diff: what is different in its rows is not shown.`,
    hint: () => 'Ask its author why, or for the same command once more, without --no-diff.',
  }),
  DM_CHECK_STAGED_UNSEEN: define<{ reason: string }>({
    exit: 1,
    message: ({ reason }) => `The staged bytes were not looked at: ${reason}.`,
    hint: () => 'Publishing hashes them in any case.',
  }),
  DM_REVIEW_LIMIT: define<OfVersion & { what: string; refused: string | null }>({
    exit: 3,
    message: ({ dataset, version, what }) => `${version} of '${dataset}' ${what}.`,
    hint: ({ refused }) => accept(refused),
  }),
  DM_REVIEW_UNKNOWN: define<OfVersion & { refused: string | null }>({
    exit: 3,
    message: ({ dataset, version }) =>
      `The config limits what a version may change, but what ${version} of '${dataset}' changes could not be computed here.`,
    hint: ({ refused }) => `Run the check where the bytes can be read. ${accept(refused)}`,
  }),
}

function accept(refused: string | null): string {
  const why = refused === null ? '' : ` The one that was set does not count: ${refused}.`
  return `Where that is meant, let a reviewer who has not made it set the label 'data: accepted'.${why}`
}
