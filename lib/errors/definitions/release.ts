import { shellQuote } from '../../format/text.ts'
import { define } from '../define.ts'

/** Failures of preparing, publishing and pulling versions. */
export const releaseErrors = {
  DM_STORE_NO_CREDENTIALS: define<{
    bucket: string
    variables: readonly { readonly id: string; readonly secret: string }[]
  }>({
    exit: 1,
    message: ({ bucket }) => `There are no keys for the bucket '${bucket}'.`,
    hint: ({ variables }) =>
      `Set ${variables.map(({ id, secret }) => `${id} and ${secret}`).join(', or ')} in the environment or in a .env beside the config.`,
  }),
  DM_BRANCH_TAKEN: define<{ branches: readonly string[] }>({
    exit: 1,
    message: ({ branches }) =>
      `The branches ${branches.map((name) => `'${name}'`).join(' and ')} hold other work.`,
    hint: () => 'Merge or delete one of them, then run the same command again.',
  }),
  DM_BRANCH_MOVED: define<{ branch: string }>({
    exit: 1,
    message: ({ branch }) => `Somebody else has pushed to '${branch}' in the meantime.`,
    hint: () => 'Run the same command again: it starts from what is there now.',
  }),
  DM_PUSH_REFUSED: define<{ branch: string; detail: string }>({
    exit: 1,
    message: ({ branch, detail }) =>
      `The remote refused the push to '${branch}'${detail === '' ? '.' : `: ${detail}`}`,
    hint: ({ branch }) =>
      `Check that you may push to '${branch}'. Where a rule protects it, let the account that runs dm bypass the rule, or push with a key that may. Then run the same command again.`,
  }),
  DM_BASE_BUSY: define<{ base: string; attempts: number }>({
    exit: 1,
    message: ({ base, attempts }) =>
      `'${base}' moved during each of ${attempts} attempts to push the published manifest.`,
    hint: () => 'Run the same command again: what has been copied is not copied again.',
  }),
  DM_BYTES_DIFFER: define<{ dataset: string; version: string; expected: string; found: string }>({
    exit: 3,
    message: ({ dataset, version, expected, found }) =>
      `The bytes of ${dataset} ${version} are not those that were reviewed: expected the SHA-256 ${expected}, found ${found}.`,
    hint: ({ dataset, version }) =>
      `${version} of ${dataset} has not been published. Let its author prepare it again, and find out who wrote to staging.`,
  }),
  DM_OBJECT_FOREIGN: define<{
    dataset: string
    version: string
    location: string
    key: string
    owner: string
  }>({
    exit: 3,
    message: ({ dataset, version, location, key, owner }) =>
      `The place of ${dataset} ${version} (${key} in ${location}) holds an object of another data repository, ${owner}.`,
    hint: () =>
      "Give each data repository buckets of its own: what one deletes must not be another's. Where it is the same repository under another name, set 'repository' in the config to the old one.",
  }),
  DM_ROLLBACK_MISSING: define<{ dataset: string; version: string; location: string; key: string }>({
    exit: 3,
    message: ({ dataset, version, location, key }) =>
      `${dataset} ${version} goes back to bytes that are no longer there (${key} in ${location}).`,
    hint: () => 'Withdraw the rollback, and prepare a new version from the file itself.',
  }),
  DM_BYTES_RECEIVED_DIFFER: define<{
    location: string
    key: string
    expected: string
    found: string
  }>({
    exit: 3,
    message: ({ location, key, expected, found }) =>
      `What ${location} gave for '${key}' has the SHA-256 ${found}; the manifest says ${expected}. Nothing was written.`,
    hint: () =>
      'Run the same command again; where it fails again, tell the maintainers of the data repository.',
  }),
  DM_PULL_BASE: define<{ dataset: string; version: string; bucket: string; reason: string }>({
    exit: 1,
    message: ({ dataset, version, reason }) =>
      `${dataset} ${version} waits as a delta, and the version that it builds upon cannot be read: ${reason}`,
    hint: ({ dataset, bucket }) =>
      `Get the right to read the bucket '${bucket}'. Or get that version of ${dataset} from whoever may, and put it where this one is to go: the delta then builds upon that.`,
  }),
  DM_DESTINATION_STALE: define<{ file: string; beside: string }>({
    exit: 3,
    message: ({ file, beside }) =>
      `Beside the destination ${file} lies ${beside}, which SQLite would apply to the new database.`,
    hint: () =>
      'Close the program that has the old database open. Where none does, move both away together, or choose another place with -o. Then run the same command again.',
  }),
  DM_DESTINATION_UNUSABLE: define<{ file: string; reason: string }>({
    exit: 1,
    message: ({ file, reason }) => `Nothing can be written to ${file}: ${reason}.`,
    hint: () => 'Choose another place with -o, or correct its permissions.',
  }),
  DM_DISK_FULL: define<{ file: string }>({
    exit: 1,
    message: ({ file }) =>
      `The disk is full: ${file} could not be written. What was there before is untouched.`,
    hint: () => 'Free space, or choose another place with -o, then run the same command again.',
  }),
  DM_PROPOSAL_UNREAD: define<{ branches: readonly string[]; path: string }>({
    exit: 3,
    message: ({ branches, path }) =>
      `What these branches propose is not shown, since their ${path} is too large to be read here, or no manifest: ${firstOf(branches)}.`,
    hint: ({ branches: [first = ''], path }) =>
      `See what it is: git log --stat -1 ${shellQuote(first)} -- ${shellQuote(path)}`,
  }),
  DM_REFERENCE_UNKNOWN: define<{ branch: string; remote: string | null }>({
    exit: 2,
    message: ({ branch, remote }) =>
      `There is no branch '${branch}'${remote === null ? '' : ` on '${remote}', nor here`}.`,
    hint: () => "Check the name: 'git branch --all' lists the branches.",
  }),
}

/** As many names as fit into a sentence. */
function firstOf(names: readonly string[], most = 5): string {
  const more = names.length > most ? `, and ${names.length - most} more` : ''
  return (
    names
      .slice(0, most)
      .map((name) => `'${name}'`)
      .join(', ') + more
  )
}
