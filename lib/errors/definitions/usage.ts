import { define } from '../define.ts'
import { shellQuote } from '../../format/text.ts'
import { nearest } from '../nearest.ts'

const guess = (name: string, known: readonly string[]): string => {
  const whole = `${name}.sqlite`
  const near = known.includes(whole) ? whole : nearest(name, known)
  return near === undefined ? '' : `Did you mean '${near}'? `
}

const listed = (what: string, known: readonly string[]): string =>
  known.length === 0 ? `There are no ${what} yet.` : `The ${what} are: ${known.join(', ')}.`

/** Failures of the command line: what was asked for does not exist or is not well formed. */
export const usageErrors = {
  DM_USAGE: define<{ problem: string; hint: string }>({
    exit: 2,
    message: ({ problem }) => problem,
    hint: ({ hint }) => hint,
  }),
  DM_UNKNOWN_COMMAND: define<{ command: string; known: readonly string[] }>({
    exit: 2,
    message: ({ command }) => `There is no command '${command}'.`,
    hint: ({ command, known }) => `${guess(command, known)}${listed('commands', known)}`,
  }),
  DM_UNKNOWN_DATASET: define<{ dataset: string; known: readonly string[]; advice?: string }>({
    exit: 2,
    message: ({ dataset }) => `There is no dataset '${dataset}'.`,
    hint: ({ dataset, known, advice }) =>
      `${guess(dataset, known)}${listed('datasets', known)}${advice === undefined ? '' : ` ${advice}`}`,
  }),
  DM_UNKNOWN_VERSION: define<{ dataset: string; version: string; known: readonly string[] }>({
    exit: 2,
    message: ({ dataset, version }) => `The dataset '${dataset}' has no version '${version}'.`,
    hint: ({ known }) => listed('versions', known),
  }),
  DM_NO_PUBLISHED_VERSION: define<{ dataset: string; marked: readonly string[] }>({
    exit: 2,
    message: ({ dataset, marked }) =>
      marked.length === 0
        ? `The dataset '${dataset}' has no published version yet.`
        : `Every published version of '${dataset}' is marked for deletion: there is no latest.`,
    hint: ({ dataset, marked }) =>
      marked.length === 0
        ? `Wait until its proposal is published, or read a proposal from staging: dm pull ${shellQuote(dataset)} --ref BRANCH`
        : `Until they are removed, ask for one by its number: dm pull ${shellQuote(`${dataset}@${marked[0]}`)}. ${listed('versions', marked)}`,
  }),
  DM_VERSION_PENDING: define<{
    dataset: string
    version: string
    /** False: a rollback. */
    staged: boolean
    /** The published version with the same bytes. */
    restores: string | null
  }>({
    exit: 2,
    message: ({ dataset, version, staged, restores }) => {
      const older = restores === null ? 'older bytes' : `the bytes of ${restores}`
      const why = staged ? 'its bytes are still in staging' : `it is to bring back ${older}`
      return `Version ${version} of '${dataset}' is not published yet: ${why}.`
    },
    hint: ({ dataset, version, staged, restores }) => {
      const pull = (named: string): string => `dm pull ${shellQuote(`${dataset}@${named}`)}`
      if (staged) {
        return `Run dm publish, or read it from staging by the branch that has it: ${pull(version)} --ref BRANCH`
      }
      return restores === null
        ? 'Run dm publish.'
        : `Run dm publish, or take the same bytes now: ${pull(restores)}`
    },
  }),
  DM_UNKNOWN_BUCKET: define<{ bucket: string; known: readonly string[] }>({
    exit: 2,
    message: ({ bucket }) => `There is no bucket '${bucket}' that a dataset can be in.`,
    hint: ({ bucket, known }) => `${guess(bucket, known)}${listed('buckets', known)}`,
  }),
  DM_BUCKET_FIXED: define<{ dataset: string; bucket: string; asked: string }>({
    exit: 2,
    message: ({ dataset, bucket, asked }) =>
      `The dataset '${dataset}' is in the bucket '${bucket}' and cannot move to '${asked}'.`,
    hint: ({ bucket, asked }) =>
      `Leave out --bucket, or use --bucket ${bucket}; for '${asked}' prepare it under another name.`,
  }),
  DM_BUCKET_GONE: define<{ dataset: string; bucket: string; known: readonly string[] }>({
    exit: 2,
    message: ({ dataset, bucket }) =>
      `The manifest puts the dataset '${dataset}' into the bucket '${bucket}', which the config does not have.`,
    hint: ({ bucket, known }) =>
      `Add '${bucket}' to 'buckets' in the config; it has: ${known.join(', ')}.`,
  }),
  DM_FIELD_UNKNOWN: define<{ field: string; known: readonly string[] }>({
    exit: 2,
    message: ({ field }) => `There is no field '${field}'.`,
    hint: ({ field, known }) =>
      `${guess(field, known)}${listed('fields', known)} They are set by 'fields' in the config.`,
  }),
  DM_FIELD_INVALID: define<{ field: string; value: string; pattern: string }>({
    exit: 2,
    message: ({ field, value }) => `'${value}' is not a value that the field '${field}' can have.`,
    hint: ({ field, pattern }) => `Give --field ${field}=VALUE, where VALUE matches ${pattern}.`,
  }),
  DM_FIELD_REPEATED: define<{ field: string }>({
    exit: 2,
    message: ({ field }) => `The field '${field}' is given more than once.`,
    hint: ({ field }) => `Give --field ${field}=VALUE once.`,
  }),
  DM_FIELD_REQUIRED: define<{ field: string; prompt: string }>({
    exit: 2,
    message: ({ field, prompt }) => `The field '${field}' (${prompt}) is required.`,
    hint: ({ field }) => `Give --field ${field}=VALUE.`,
  }),
  DM_DATASET_MARKED: define<{ dataset: string }>({
    exit: 2,
    message: ({ dataset }) =>
      `The dataset '${dataset}' is marked for deletion and takes no new versions.`,
    hint: ({ dataset }) =>
      `Take the mark back first (dm withdraw ${shellQuote(dataset)}), or choose another name.`,
  }),
  DM_NAME_TAKEN: define<{ dataset: string; other: string }>({
    exit: 2,
    message: ({ dataset, other }) =>
      `The name '${dataset}' differs only in case from the dataset '${other}'.`,
    hint: ({ other }) => `Use '${other}' for a new version of it, or a name that differs more.`,
  }),
}
