import { printableLine, shellQuote } from '../../format/text.ts'
import { define } from '../define.ts'

export interface OfVersion {
  readonly dataset: string
  readonly version: string
}

/** Where an object lies: the logical name of its bucket, and its key. */
export interface ObjectPlace {
  readonly bucket: string
  readonly key: string
}

/** What publishing finds, of entries, of objects and of the list of what was given up. */
export const publicationErrors = {
  DM_PUBLISH_INCOMPLETE: define<{ failed: number; problems: number }>({
    exit: 3,
    message: ({ failed, problems }) => incomplete(failed, problems),
    hint: () => correct,
  }),
  DM_PUBLISH_FAILED: define<{ failed: number }>({
    exit: 1,
    message: ({ failed }) => incomplete(failed, 0),
    hint: () => correct,
  }),
  DM_BASE_EMPTY: define<{ base: string; remote: string }>({
    exit: 2,
    message: ({ base, remote }) =>
      `'${remote}' has no branch '${base}' yet: what is proposed now could never be merged into it.`,
    hint: ({ base, remote }) =>
      `Push a first commit, such as a README: git push ${remote} HEAD:${base}. Then run the same command again.`,
  }),
  DM_DISCLOSURE_UNCONFIRMED: define<{ dataset: string; bucket: string; private: string }>({
    exit: 2,
    message: ({ dataset, bucket, private: other }) =>
      `The private dataset '${other}' has these very bytes, and '${dataset}' in '${bucket}' would make them public.`,
    hint: () => 'Where that is meant, run the same command with --disclose.',
  }),
  DM_ROLLBACK_TARGET: define<OfVersion & { state: 'pending' | 'marked'; known: readonly string[] }>(
    {
      exit: 2,
      message: ({ dataset, version, state }) =>
        `'${dataset}' cannot go back to ${version}: it is ${state === 'pending' ? 'not published yet' : 'marked for deletion'}.`,
      hint: ({ known }) =>
        known.length === 0
          ? 'There is no version to go back to.'
          : `It can go back to: ${known.join(', ')}.`,
    },
  ),
  DM_REBASE_WANTED: define<{ dataset: string; branch: string; version: string }>({
    exit: 2,
    message: ({ dataset, branch, version }) =>
      `'${branch}' of yours proposes these very bytes of '${dataset}', but the base has got other versions since; as ${version} they would undo what those changed.`,
    hint: ({ dataset }) =>
      `Bring your changes into the latest version (dm pull ${shellQuote(dataset)}) and prepare that; or see what your branch would undo: dm rebase ${shellQuote(dataset)}`,
  }),
  DM_REBASE_NOTHING: define<{ dataset: string }>({
    exit: 2,
    message: ({ dataset }) => `No branch of yours proposes a version of '${dataset}'.`,
    hint: () => 'dm status shows what is proposed, and by whom.',
  }),
  DM_REBASE_SEVERAL: define<{
    dataset: string
    list: readonly { branch: string; version: string | null }[]
  }>({
    exit: 2,
    message: ({ dataset, list }) =>
      `Several branches of yours propose a version of '${dataset}': ${list.map(({ branch, version }) => `'${branch}' (${version})`).join(', ')}.`,
    hint: ({ dataset }) =>
      `Keep one, and take back the others: dm withdraw ${shellQuote(`${dataset}@vN`)}`,
  }),
  DM_REBASE_MORE: define<{ dataset: string; branch: string }>({
    exit: 2,
    message: ({ dataset, branch }) =>
      `'${branch}' proposes more than one new version of '${dataset}'.`,
    hint: ({ dataset }) =>
      `Take back what does not belong there (dm withdraw ${shellQuote(dataset)}), or merge the base into it by hand.`,
  }),
  DM_REBASE_OTHERS: define<{ branch: string; by: string | null; path: string }>({
    exit: 2,
    message: ({ branch, by, path }) =>
      by === null
        ? `'${branch}' changes other files than ${path}, which would be lost.`
        : `'${branch}' has commits of ${by}, which would be lost.`,
    hint: () => 'Merge the base into it by hand.',
  }),
  DM_REBASE_REVERTS: define<
    OfVersion & {
      unseen: readonly string[]
      /** null: nobody knows which. */
      reverts: readonly { table: string; rows: number }[] | null
    }
  >({
    exit: 2,
    message: ({ dataset, version, unseen, reverts }) =>
      reverts !== null
        ? `${version} of '${dataset}' would undo ${describeReverts(reverts)} of ${unseen.join(', ')}, which it was made without.`
        : `${version} of '${dataset}' would be a whole file that was made without ${unseen.join(', ')}: what ${unseen.length === 1 ? 'that' : 'those'} changed would be undone.`,
    hint: ({ dataset, unseen }) =>
      `Bring your changes into ${unseen[0]} (dm pull ${shellQuote(dataset)}) and prepare that; or, where it is meant, run the same command with --accept-reverts.`,
  }),
  DM_REBASE_ROLLBACK: define<OfVersion & { known: readonly string[] }>({
    exit: 2,
    message: ({ dataset, version }) =>
      `${version} of '${dataset}' is a rollback to a version that is gone or will be deleted.`,
    hint: ({ dataset, version }) =>
      `Take it back: dm withdraw ${shellQuote(`${dataset}@${version}`)}`,
  }),
  DM_REBASE_STAGED: define<OfVersion & { location: string; key: string }>({
    exit: 3,
    message: ({ dataset, version, location, key }) =>
      `The bytes of ${dataset} ${version} have left staging (${key} in ${location}).`,
    hint: ({ dataset }) => `Prepare the file again: dm prepare ${shellQuote(dataset)} FILE`,
  }),
  DM_DELETION_UNCONFIRMED: define<{
    /** `NAME` or `NAME@vN`. */
    named: string
    given: string | null
    /** The versions that go. */
    names: readonly string[]
    /** How much. */
    frees: string
  }>({
    exit: 2,
    message: ({ named, given, names, frees }) => {
      const what = `${names.length === 1 ? 'This deletes' : `This deletes ${names.length} versions,`} ${names.join(', ')}, and frees ${frees}`
      return given === null
        ? `To delete ${named}, its name must be typed or given. ${what}.`
        : `'${given}' was given, but what would be deleted is ${named}. ${what}.`
    },
    hint: ({ named }) =>
      `See what goes, and who else names it, with --dry-run; then give --confirm ${shellQuote(named)}`,
  }),
  DM_DELETION_MOVED: define<{ named: string }>({
    exit: 1,
    message: ({ named }) =>
      `What would be deleted with ${named} is not what was shown any more: somebody has changed it meanwhile.`,
    hint: () => 'Run the same command again: it shows what there is now.',
  }),
  DM_DELETION_PENDING: define<{ dataset: string; version: string | null }>({
    exit: 2,
    message: ({ dataset, version }) =>
      version === null
        ? `Nothing of '${dataset}' is published yet.`
        : `${version} of '${dataset}' is not published yet.`,
    hint: ({ dataset, version }) =>
      `What is pending is taken back, not deleted: dm withdraw ${shellQuote(version === null ? dataset : `${dataset}@${version}`)}`,
  }),
  DM_DELETION_NEEDED: define<OfVersion & { by: string }>({
    exit: 2,
    message: ({ dataset, version, by }) =>
      `${by} of '${dataset}' is pending and goes back to ${version}: without that it could not be published.`,
    hint: ({ dataset, by }) =>
      `Publish ${by} first, or take it back: dm withdraw ${shellQuote(`${dataset}@${by}`)}`,
  }),
  DM_WITHDRAWAL_SEVERAL: define<{
    dataset: string
    remote: string | null
    list: readonly { item: string; kind: string; branch: string | null; isHere: boolean }[]
  }>({
    exit: 2,
    message: ({ dataset, list }) => {
      const places = list.map(
        ({ item, kind, branch }) =>
          `${item} (${kind}, ${branch === null ? 'on the base' : `on '${branch}'`})`,
      )
      return `Several things of '${dataset}' can be taken back: ${places.join('; ')}.`
    },
    hint: ({ remote, list }) => {
      const count = (name: string): number => list.filter(({ item }) => item === name).length
      const clear = list.find(({ item, branch }) => branch === null || count(item) === 1)
      if (clear !== undefined)
        return `Name the one that you mean, such as: dm withdraw ${shellQuote(clear.item)}`
      // Of other branches nobody knows what else they are for.
      const surplus = list.findLast(({ branch }) => branch?.startsWith('data/')) ?? list.at(-1)
      const name = shellQuote(surplus?.branch ?? '')
      const command =
        remote === null || surplus?.isHere === true
          ? `git branch -D ${name}`
          : `git push ${shellQuote(remote)} --delete ${name}`
      return `Delete the branches that you do not need, such as: ${command}`
    },
  }),
  DM_WITHDRAWAL_FOREIGN: define<{
    item: string
    kind: string
    branch: string | null
    by: string | null
  }>({
    exit: 2,
    message: ({ item, kind, branch, by }) =>
      `${item} (${kind}) is proposed ${branch === null ? 'in a pull request from outside' : `on '${branch}'`}${by === null ? '' : ` by ${by}`}, not by you.`,
    hint: ({ branch }) =>
      branch === null
        ? 'Close the pull request, or ask its author to.'
        : 'Let its author withdraw it; or close its pull request and delete the branch.',
  }),
  DM_PROPOSAL_OTHERS: define<{
    dataset: string
    others: readonly { readonly place: string; readonly what: string }[]
  }>({
    exit: 1,
    message: ({ dataset, others }) =>
      `Other open proposals for '${dataset}': ${others.map(({ place, what }) => `${what} on ${place}`).join('; ')}.`,
    hint: () => 'Whichever is merged last may have to be proposed anew.',
  }),
  DM_OBJECT_KEY: define<OfVersion & { key: string; sha256: string }>({
    exit: 3,
    message: ({ dataset, version, key, sha256 }) =>
      `${version} of '${dataset}' is published with the SHA-256 ${sha256}, but its key is ${key}.`,
    hint: () => 'Somebody has edited a published entry: put back what was there.',
  }),
  DM_OBJECT_MISSING: define<OfVersion & { bucket: string; key: string }>({
    exit: 3,
    message: ({ dataset, version, bucket, key }) =>
      `${version} of '${dataset}' is published, but its object is not in '${bucket}' (${key}).`,
    hint: () =>
      "Where the entry was edited, or the dataset's bucket was, put back what was there; else bring the object back from a copy.",
  }),
  DM_OBJECT_SIZE: define<OfVersion & { bytes: number; found: number }>({
    exit: 3,
    message: ({ dataset, version, bytes, found }) =>
      `${version} of '${dataset}' says that it has ${bytes} bytes, but its object has ${found}.`,
    hint: () => "Correct the entry's 'bytes', or take the entry back and prepare the file again.",
  }),
  DM_OBJECT_STAMP: define<OfVersion & ObjectPlace & { sha256: string; found: string }>({
    exit: 3,
    message: ({ dataset, version, bucket, key, sha256, found }) =>
      `The object of ${version} of '${dataset}' is stamped with the SHA-256 ${found}, not ${sha256} (${key} in '${bucket}').`,
    hint: () =>
      'Find out what its bytes are: dm audit --full. Where they are wrong, bring it back from a copy.',
  }),
  DM_OBJECT_OWNER: define<OfVersion & ObjectPlace & { owner: string }>({
    exit: 3,
    message: ({ dataset, version, bucket, key, owner }) =>
      `The object of ${version} of '${dataset}' belongs to '${owner}' (${key} in '${bucket}'): what that repository gives up, goes.`,
    hint: ({ owner }) =>
      `Where that is a former name of this data repository, add '${owner}' to 'formerly' in the config; else give the two buckets of their own.`,
  }),
  DM_OBJECT_HASH: define<OfVersion & ObjectPlace & { sha256: string; found: string }>({
    exit: 3,
    message: ({ dataset, version, bucket, key, sha256, found }) =>
      `The bytes of ${version} of '${dataset}' have the SHA-256 ${found}, not ${sha256} (${key} in '${bucket}').`,
    hint: () => 'They were replaced or damaged: bring the object back from a copy.',
  }),
  DM_COMPANION_STAMP: define<OfVersion & ObjectPlace & { sha256: string; found: string | null }>({
    exit: 3,
    message: ({ dataset, version, bucket, key, sha256, found }) =>
      `What lies beside the object of ${version} of '${dataset}' is stamped as standing for ${found === null ? 'nothing' : `the SHA-256 ${found}`}, not for ${sha256} (${key} in '${bucket}').`,
    hint: () =>
      'No wrong bytes come of it, since whatever is made of it is hashed, but it costs time. Remove it from the bucket.',
  }),
  DM_ENTRY_VANISHED: define<OfVersion & ObjectPlace>({
    exit: 3,
    message: ({ dataset, version, bucket, key }) =>
      `${version} of '${dataset}' was published and is gone from the manifest, but nothing gave it up (${key} in '${bucket}').`,
    hint: () =>
      'Take back the commit that dropped the entry; where it was meant, dm cleanup --orphans removes the object.',
  }),
  DM_NUMBER_TWICE: define<OfVersion & { keys: readonly string[]; isThere: boolean }>({
    exit: 3,
    message: ({ dataset, version, keys }) =>
      `${version} of '${dataset}' has been ${keys.length} different objects: ${keys.join(', ')}.`,
    hint: ({ isThere }) =>
      isThere
        ? 'Whoever has that version may have other bytes: name it by its SHA-256.'
        : 'It is history, and cannot be corrected.',
  }),
  DM_AUDIT_PROBLEMS: define<{ count: number }>({
    exit: 3,
    message: ({ count }) =>
      `${count} ${count === 1 ? 'thing is' : 'things are'} not as ${count === 1 ? 'it' : 'they'} should be.`,
    hint: () => 'See what is said of each.',
  }),
  DM_STAGED_MISSING: define<OfVersion & { location: string; key: string }>({
    exit: 3,
    message: ({ dataset, version, location, key }) =>
      `The bytes of ${dataset} ${version} are not in staging (${key} in ${location}).`,
    hint: ({ dataset, version }) =>
      `Let its author run dm prepare ${shellQuote(dataset)} FILE again with the very same file: it stages the bytes anew and proposes nothing. Then publish again. Where nobody has that file any more: dm withdraw ${shellQuote(`${dataset}@${version}`)} takes the version back.`,
  }),
  DM_STAGED_BASE: define<OfVersion & { base: string }>({
    exit: 3,
    message: ({ dataset, version, base }) =>
      `The bytes of ${dataset} ${version} wait as a delta of ${base}, and no published version of it has those bytes.`,
    hint: ({ dataset, version }) =>
      `Take it back (dm withdraw ${shellQuote(`${dataset}@${version}`)}), then let its author run dm prepare ${shellQuote(dataset)} FILE again.`,
  }),
  DM_STAGED_BUCKET: define<OfVersion & { bucket: string; meant: string | null }>({
    exit: 3,
    message: ({ dataset, version, bucket, meant }) =>
      meant === null
        ? `The staged bytes of ${dataset} ${version} do not say that they are for '${bucket}', and a dataset of another bucket has the same.`
        : `The staged bytes of ${dataset} ${version} are for the bucket '${meant}', not for '${bucket}'.`,
    hint: ({ dataset, version }) =>
      `Take the entry back (dm withdraw ${shellQuote(`${dataset}@${version}`)}), and prepare the file again.`,
  }),
  DM_STAGED_FOREIGN: define<OfVersion & { owner: string; repository: string }>({
    exit: 1,
    message: ({ dataset, version, owner, repository }) =>
      `The bytes of ${dataset} ${version} were staged by '${owner}', which is not this data repository, '${repository}'.`,
    hint: ({ owner }) =>
      `Where that is this repository under another address, set 'repository' in the config, the same for everybody; where it is a former name, add '${owner}' to 'formerly'.`,
  }),
  DM_STAGING_FOREIGN: define<{ count: number; owner: string; repository: string }>({
    exit: 1,
    message: ({ count, owner, repository }) =>
      `${count} old ${count === 1 ? 'object' : 'objects'} in staging ${count === 1 ? 'was' : 'were'} staged by '${owner}', not by '${repository}', and nobody here removes ${count === 1 ? 'it' : 'them'}.`,
    hint: ({ owner }) =>
      `Where that is this repository under another address or a former name, add '${owner}' to 'formerly' in the config.`,
  }),
  DM_OBJECT_ORPHAN: define<{ bucket: string; keys: readonly string[]; more: boolean }>({
    exit: 3,
    message: ({ bucket, keys, more }) =>
      `In '${bucket}' lies what no entry names: ${keys.join(', ')}${more ? ', and perhaps more' : ''}.`,
    hint: () => 'It is left alone; dm cleanup --orphans removes it once it is old enough.',
  }),
  DM_INVENTORY_PARTIAL: define<{ buckets: readonly string[] }>({
    exit: 1,
    message: ({ buckets }) =>
      `There are so many objects in ${buckets.map((name) => `'${name}'`).join(', ')} that only the folders of the datasets that change were looked at.`,
    hint: () => 'Nothing is wrong.',
  }),
  DM_RETIRED_INVALID: define<{ source: string; reason: string }>({
    exit: 3,
    message: ({ source, reason }) => `${source} is not a list of what was given up: ${reason}.`,
    hint: () => 'Take back the commit that broke it: only dm publish writes this file.',
  }),
  DM_RETIRED_UNEXPLAINED: define<{ file: string; commit: string }>({
    exit: 3,
    message: ({ file, commit }) =>
      `${file} was changed in ${commit.slice(0, 7)} in a way that no publication changes it; nothing is removed because of it.`,
    hint: () => 'The next publication that succeeds writes back what it was before.',
  }),
  DM_REFERENCE_UNREADABLE: define<{ by: string; path: string }>({
    exit: 3,
    message: ({ by, path }) =>
      `${by.charAt(0).toUpperCase()}${by.slice(1)} has a ${path} that cannot be read; it may refer to anything, so what it could need is kept.`,
    hint: () => 'Correct it, or delete the branch.',
  }),
  DM_DIFF_UNPROMOTED: define<OfVersion & { reason: string }>({
    exit: 1,
    message: ({ dataset, version, reason }) =>
      `${dataset} ${version} is published without its diff: ${reason}`,
    hint: () =>
      'What it changes is computed again by: dm diff, with the version before and this one.',
  }),
  DM_SWEEP_FAILED: define<{ bucket: string; key: string; reason: string }>({
    exit: 1,
    message: ({ bucket, key, reason }) => `'${key}' in '${bucket}' could not be removed: ${reason}`,
    hint: () => 'The next publication tries again.',
  }),
  DM_SWEEP_UNKNOWN: define<{ reason: string }>({
    exit: 1,
    message: ({ reason }) => `It could not be told what may be removed: ${reason}`,
    hint: () => 'Nothing was removed; the next publication looks again.',
  }),
  DM_UPLOADS_UNKNOWN: define<{ bucket: string; reason: string }>({
    exit: 1,
    message: ({ bucket, reason }) =>
      `Unfinished uploads in '${bucket}' were not looked for: ${reason}`,
    hint: () =>
      'A lifecycle rule of the bucket can give them up; or allow s3:ListBucketMultipartUploads to this key.',
  }),
  DM_CLEANUP_INCOMPLETE: define<{ failed: number }>({
    exit: 1,
    message: ({ failed }) =>
      `${failed} ${failed === 1 ? 'object' : 'objects'} could not be removed.`,
    hint: () => 'See what is said of each; then run dm cleanup again.',
  }),
  DM_SWEEP_NO_MANIFEST: define<{ path: string }>({
    exit: 3,
    message: ({ path }) => `The base has no ${path} now, so nothing is removed.`,
    hint: () => "Set 'manifest' in the config to where it is.",
  }),
  DM_PAGE_FOREIGN: define<{ page: string }>({
    exit: 1,
    message: ({ page }) =>
      `${page} is not a page that dm publish has written, and was left as it is.`,
    hint: () => "Set 'page' in the config to another path, or to null for no page.",
  }),
  DM_FILE_LEFT: define<{ file: string; workTree: string; branch: string }>({
    exit: 1,
    message: ({ file, workTree, branch }) =>
      `${file} in ${workTree} has changes of yours and was left as it is; the published one is in '${branch}'.`,
    hint: ({ file }) => `To take the published one: git restore ${shellQuote(file)}.`,
  }),
  DM_STORE_EMBEDDED: define<{ remote: string }>({
    exit: 1,
    message: ({ remote }) =>
      `The bytes are in this clone's own store, where nobody who clones from '${remote}' finds them.`,
    hint: () => "Publish from here, or set 'storage' in the config to a store that all can reach.",
  }),
}

const correct = 'Correct what is said of each, then run dm publish again.'

function incomplete(failed: number, problems: number): string {
  const entries = `${failed} ${failed === 1 ? 'entry was' : 'entries were'} not published and ${failed === 1 ? 'stays' : 'stay'} pending`
  const others = `${problems} published ${problems === 1 ? 'entry is' : 'entries are'} not what ${problems === 1 ? 'it' : 'they'} should be`
  return `${[failed > 0 ? entries : '', problems > 0 ? others : ''].filter(Boolean).join(', and ')}.`
}

/** What of others would be undone, as a part of a sentence: `3 rows of t, the schema of u`. */
export function describeReverts(
  reverts: readonly { readonly table: string; readonly rows: number }[],
): string {
  if (reverts.length === 0) return 'nothing'
  const shown = reverts.slice(0, 8).map(({ table, rows }) => {
    const name = printableLine(table)
    return rows === 0
      ? `the schema of ${name}`
      : `${rows} ${rows === 1 ? 'row' : 'rows'} of ${name}`
  })
  const more = reverts.length > 8 ? `, and more in ${reverts.length - 8} tables` : ''
  return shown.join(', ') + more
}
