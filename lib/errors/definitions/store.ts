import { shellQuote } from '../../format/text.ts'
import { define } from '../define.ts'

/** Where to look when a key is not accepted or may not do something. */
const CREDENTIALS_HINT =
  'look at the environment variables (or the .env beside the config) that hold the key: ' +
  "R2_ACCESS_KEY_ID and R2_SECRET_ACCESS_KEY, AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or those that the bucket's 'credentials' name"

/** Failures of stores, and of reading the local files that go into them. */
export const storeErrors = {
  DM_RIGHTS_WRONG: define<{ role: string; buckets: readonly string[] }>({
    exit: 1,
    message: ({ role, buckets }) =>
      `In ${buckets.map((name) => `'${name}'`).join(', ')} the rights of a ${role} are not as they should be, or could not be tried.`,
    hint: () => 'See what is said of each bucket, then run dm verify again.',
  }),
  DM_STORE_KEY: define<{ key: string; problem: string }>({
    exit: 3,
    message: ({ key, problem }) => `The object key ${JSON.stringify(key)} is refused: ${problem}.`,
    hint: () =>
      'A key is a relative path such as model/v3.sqlite; correct the manifest or the config that names it.',
  }),
  DM_STORE_NOT_FOUND: define<{ location: string; key: string }>({
    exit: 1,
    message: ({ location, key }) => `There is no object '${key}' in ${location}.`,
    hint: () =>
      "See whether somebody removed it at the provider. An upload that never finished is repeated with 'dm prepare'.",
  }),
  DM_STORE_NO_BUCKET: define<{ bucket: string; location: string }>({
    exit: 1,
    message: ({ bucket, location }) => `The bucket '${bucket}' does not exist: ${location}.`,
    hint: ({ bucket }) =>
      `Create it at the provider, or correct 'buckets.${bucket}.name' and the endpoint in the config.`,
  }),
  DM_STORE_DENIED: define<{ location: string; action: string }>({
    exit: 1,
    message: ({ location, action }) => `The key in use may not ${action} in ${location}.`,
    hint: () =>
      `Check that the key is right, unexpired and allowed to do this: ${CREDENTIALS_HINT}.`,
  }),
  DM_STORE_KEY_REFUSED: define<{ location: string; problem: string }>({
    exit: 1,
    message: ({ location, problem }) => `${location} refuses the key in use: ${problem}.`,
    hint: () => `Set a valid key: ${CREDENTIALS_HINT}.`,
  }),
  DM_STORE_CLOCK: define<{ location: string; minutes: number }>({
    exit: 1,
    message: ({ location, minutes }) =>
      `The clock of this machine differs by ${Math.abs(minutes)} minutes from that of ${location}, which therefore refuses all requests.`,
    hint: () => "Set the machine's clock (and its time zone) right, then run the command again.",
  }),
  DM_STORE_REGION: define<{ location: string; configured: string; region: string | null }>({
    exit: 1,
    message: ({ location, configured, region }) =>
      `The bucket at ${location} is not in the region '${configured}'${region === null ? '' : ` but in '${region}'`}.`,
    hint: ({ region }) =>
      `Set 'storage.region' in the config to ${region === null ? "the bucket's region" : `'${region}'`}, and the endpoint, where there is one, to that of this region.`,
  }),
  DM_STORE_ARCHIVED: define<{ location: string; key: string }>({
    exit: 1,
    message: ({ location, key }) =>
      `The object '${key}' in ${location} is archived and cannot be read at present.`,
    hint: () =>
      'Restore it at the provider, wait until that is done, and run the command again. Let no lifecycle rule archive objects of this bucket.',
  }),
  DM_STORE_BUSY: define<{ location: string; reason: string }>({
    exit: 1,
    message: ({ location, reason }) =>
      `${location} has been busy for as long as it was asked again (${reason}).`,
    hint: () =>
      'Run the same command again later: it continues where this one stopped. Where it happens often, ask the provider about request limits.',
  }),
  DM_STORE_CERTIFICATE: define<{ location: string; reason: string }>({
    exit: 1,
    message: ({ location, reason }) =>
      `The certificate of ${location} is not trusted (${reason}); nothing was sent.`,
    hint: () =>
      "Where a proxy of your company reads what is sent, name the file of its certificates in NODE_EXTRA_CA_CERTS or AWS_CA_BUNDLE, or add them to the machine's store. Else check the endpoint in the config.",
  }),
  DM_ENVIRONMENT_INVALID: define<{ variable: string; problem: string }>({
    exit: 2,
    message: ({ variable, problem }) =>
      `The environment variable ${variable} cannot be used: ${problem}.`,
    hint: ({ variable }) => `Correct ${variable}, or unset it, in the environment or in .env.`,
  }),
  DM_STORE_CONFLICT: define<{ location: string; key: string; expected: string; found: string }>({
    exit: 3,
    message: ({ location, key, expected, found }) =>
      `The object '${key}' in ${location} has other content (${found}) than what should be stored there (SHA-256 ${expected}); it was left as it is.`,
    hint: () =>
      'Find out who wrote that object. Where nothing in the manifest, on any branch, refers to it, remove it at the provider and run the command again.',
  }),
  DM_STORE_MISMATCH: define<{ location: string; key: string; problem: string }>({
    exit: 3,
    message: ({ location, key, problem }) =>
      `The object '${key}' in ${location} is not what was written: ${problem}.`,
    hint: () =>
      'Something else wrote the same key at the same time, or the store lost data. Run the command again; where it fails again, report it to the provider.',
  }),
  DM_FORM_BROKEN: define<{ form: 'compressed' | 'delta'; key: string; problem: string }>({
    exit: 3,
    message: ({ form, key, problem }) =>
      `${form === 'delta' ? 'The delta' : 'The compressed database'} '${key}' is broken: ${problem}.`,
    hint: () =>
      'What waits for its publication is staged anew by preparing the same file again. Of what is published nothing is lost: the database itself lies beside it.',
  }),
  DM_STORE_UNAVAILABLE: define<{ location: string; reason: string }>({
    exit: 1,
    message: ({ location, reason }) =>
      `${location} cannot be reached or does not answer (${reason}).`,
    hint: () =>
      'Check the network and the endpoint in the config, then run the same command again: it continues where this one stopped.',
  }),
  DM_STORE_FAILED: define<{ location: string; action: string; reason: string }>({
    exit: 1,
    message: ({ location, action, reason }) => `Cannot ${action} in ${location}: ${reason}.`,
    hint: () =>
      'Check the storage settings in the config; run the command with -v to see the cause.',
  }),
  DM_STORE_KIND: define<{ from: string; to: string }>({
    exit: 2,
    message: ({ from, to }) => `Objects cannot be copied from ${from} to ${to} inside one store.`,
    hint: () =>
      "Let all buckets of the config lie in the same 'storage': one endpoint, or one folder store.",
  }),
  DM_STORE_FULL: define<{ location: string; path: string }>({
    exit: 1,
    message: ({ location, path }) =>
      `There is no space left in ${location} to write '${path}'; nothing incomplete was stored.`,
    hint: () => 'Free space on that disk (or raise the quota), then run the same command again.',
  }),
  DM_STORE_PERMISSION: define<{
    location: string
    path: string
    access: 'read' | 'write'
    reason: string
  }>({
    exit: 1,
    message: ({ location, path, access, reason }) =>
      `Cannot ${access} '${path}' in ${location} (${reason}).`,
    hint: ({ path, access, reason }) =>
      reason === 'EROFS'
        ? 'The file system is mounted read-only: mount it for writing, or choose another storage folder in the config.'
        : `Give your user ${access} permission there (see: ls -ld ${shellQuote(path)}), or choose another storage folder in the config.`,
  }),
  DM_STORE_NO_LINKS: define<{ location: string }>({
    exit: 1,
    message: ({ location }) =>
      `The file system of ${location} has no hard links, without which an object cannot be stored safely.`,
    hint: () =>
      'Choose a storage folder on a local file system such as ext4, XFS, Btrfs, APFS or NTFS.',
  }),
  DM_STORE_SYMLINK: define<{ location: string; path: string }>({
    exit: 3,
    message: ({ location, path }) => `'${path}' in ${location} is reached through a symbolic link.`,
    hint: () =>
      'A store folder holds no links, since they could lead outside. Remove the link; link the whole storage folder instead where it should live elsewhere.',
  }),
  DM_FILE_MISSING: define<{ file: string }>({
    exit: 2,
    message: ({ file }) => `There is no file '${file}'.`,
    hint: () => 'Check the path; it counts from the folder in which the command runs.',
  }),
  DM_FILE_UNREADABLE: define<{ file: string; reason: string }>({
    exit: 1,
    message: ({ file, reason }) => `The file '${file}' cannot be read (${reason}).`,
    hint: ({ file }) =>
      `Check that it is a regular file that your user may read: ls -l ${shellQuote(file)}`,
  }),
  DM_FILE_NOT_REGULAR: define<{ file: string; kind: string }>({
    exit: 2,
    message: ({ file, kind }) => `'${file}' is ${kind}, not a file.`,
    hint: () => 'Name the SQLite database itself.',
  }),
  DM_FILE_CHANGED: define<{ file: string }>({
    exit: 3,
    message: ({ file }) => `The file '${file}' changed while it was being read.`,
    hint: () =>
      'Close every program that writes to it, then run the same command again; nothing of it was stored.',
  }),
}
