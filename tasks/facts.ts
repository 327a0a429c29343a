import type { Base, Tip } from '../lib/base/base.ts'
import type { Origin } from '../lib/base/find-origins.ts'
import type { Proposed } from '../lib/base/references.ts'
import type { Retired } from '../lib/base/read-retired.ts'
import type { Change } from '../lib/change/change.ts'
import type { Prune } from '../lib/change/prune.ts'
import type { DeletionChange } from '../lib/change/deletion.ts'
import type { Rollback } from '../lib/change/rollback.ts'
import type { StagedDiff } from '../lib/change/stage-diff.ts'
import type { Staged } from '../lib/change/stage-file.ts'
import type { Environment } from '../lib/config/define-config.ts'
import type { Shell } from '../lib/completion/scripts.ts'
import type { DatabaseDiff } from '../lib/diff/types.ts'
import type { LocalFile } from '../lib/files/file-identity.ts'
import type { HashedFile } from '../lib/files/hash-file.ts'
import type { Sink } from '../lib/files/send-file.ts'
import type { PullRequest } from '../lib/forge/forge.ts'
import type { Repository } from '../lib/git/repository.ts'
import type { Identity } from '../lib/git/write-commit.ts'
import type { ItemOutcome } from '../lib/graph/nodes.ts'
import type { DatasetEntry, VersionEntry, VersionName } from '../lib/manifest/types.ts'
import type { Catalog } from '../lib/graph/operation.ts'
import type { Project } from '../lib/config/open-project.ts'
import type { Rebase } from '../lib/proposal/rebase.ts'
import type { Found } from '../lib/proposal/withdrawal.ts'
import type { Proposal } from '../lib/proposal/plan-proposal.ts'
import type { Problem } from '../lib/errors/dm-error.ts'
import type { Inventory } from '../lib/publication/inventory.ts'
import type { Audited } from '../lib/publication/audit.ts'
import type { Aborted } from '../lib/publication/abort-uploads.ts'
import type { Swept } from '../lib/publication/sweep.ts'
import type {
  Companions,
  Deletion,
  Publication,
  PublicationPlan,
} from '../lib/publication/publication.ts'
import type { Destination } from '../lib/pull/destination.ts'
import type { Pulled } from '../lib/pull/download.ts'
import type { Wanted } from '../lib/pull/wanted.ts'
import type { DiffClaim } from '../lib/review/check-diff.ts'
import type { CheckedProposal } from '../lib/review/check-proposal.ts'
import type { CheckedStaged } from '../lib/review/check-staged.ts'
import type { PlacedProblem } from '../lib/review/placed-problem.ts'
import type { Reviewed } from '../lib/review/proposal.ts'
import type { Setup } from '../lib/setup/plan-setup.ts'
import type { Site } from '../lib/setup/site.ts'
import type { StorageKind } from '../lib/setup/storage-choice.ts'
import type { DatabaseInspection } from '../lib/sqlite/inspect-database.ts'
import type { Rights } from '../lib/store/probe.ts'
import type { Role } from '../lib/store/roles.ts'
import type { Stores } from '../lib/store/open-stores.ts'
import type { DatasetRow } from '../lib/listing/dataset-rows.ts'
import type { Status } from '../lib/listing/read-status.ts'
import type { VersionLog } from '../lib/listing/version-log.ts'
import type { Target } from '../lib/change/target.ts'
import type { ComparedFiles, NamedDatabase } from '../lib/diff/compare-files.ts'
import type { StoredDiff } from '../lib/proposal/land-proposal.ts'
import type { Revert } from '../lib/diff/find-reverts.ts'
import type { DiffSide, KnownVersions } from '../lib/diff/find-side.ts'
import type { DifferingRow } from '../lib/diff/present/json.ts'
import type { Copy, Lent } from '../lib/transfer/cache.ts'
import type { PageComparison } from '../lib/transfer/delta/compare-pages.ts'
import type { Packed } from '../lib/transfer/pack/packed.ts'
import type { CacheState } from '../lib/transfer/tend-cache.ts'

/** A version that a new one is compared with. */
interface PreviousVersion extends NamedDatabase {
  readonly version: VersionName
  readonly isPublished: boolean
  /** What the new one has in common with it; null: that was not looked at. */
  readonly comparison: PageComparison | null
}

/**
 * The facts of dm's own graphs: the vocabulary that steps share. `undefined` is an option that was
 * not given, null is "there is none".
 */
declare module '../lib/graph/facts.ts' {
  interface Facts {
    // Known before the first step of every graph: the project, or what there is instead
    project: Project
    /** Absolute. */
    folder: string
    env: Environment
    catalog: Catalog
    /** Where bytes go that are for stdout. */
    stdout: Sink

    // From the command line
    datasetName: string
    fileArgument: string
    bucketOption: string | undefined
    message: string | undefined
    fieldOptions: readonly string[]
    push: boolean
    pullRequestWanted: boolean
    disclose: boolean
    versionOption: string | undefined
    outputOption: string | undefined
    refOption: string | undefined
    toOption: string | undefined
    keepOption: number | undefined
    commandName: string
    format: 'tree' | 'mermaid' | 'json'

    // The data repository
    repository: Repository
    /** `owner/name`, stamped on every object. */
    repositoryName: string
    stores: Stores
    /** Who makes the commits. */
    identity: Identity
    /** The base, freshly fetched; its manifest is not read yet. */
    tip: Tip
    base: Base
    /** What the base has given up. */
    retired: Retired

    // prepare
    /** What was found under the name that was given; open until the run is over. */
    file: LocalFile
    /** The same file, hashed: what is inspected, compared and staged. */
    database: HashedFile
    target: Target
    inspection: DatabaseInspection
    /** The version on the base that has these bytes; null: it is a new version. */
    existing: VersionEntry | null
    /** What is proposed. */
    change: Change
    entry: VersionEntry
    proposal: Proposal
    /** Null: nothing of it is staged. */
    staged: Staged | null
    /** The proposal's commit; null in a dry run. */
    commit: string | null
    pushed: boolean
    /** Whether it is compared with the version before. */
    diffWanted: boolean
    /** The entry of the version before, and its database where the cache has it; null: there is none. */
    predecessor: { readonly entry: VersionEntry; readonly lent: Lent | null } | null
    /** What the file has in common with it, where it was at hand; null: it was not. */
    comparison: PageComparison | null
    /** The file's `.zst`, or null where it saves too little; null: nobody has tried. */
    compressed: { readonly packed: Packed | null } | null
    /** The version before, on this machine; null: there is none, or nothing is to be compared. */
    previous: PreviousVersion | null
    /** How its rows differ from that; null: nobody knows. */
    rowDiff: DatabaseDiff | null
    /** In the form that it is to be sent in; null: it is no new version. */
    packed: Packed | null
    /** A copy of it that can be put into the cache; null: there is no room, or it is there. */
    cacheCopy: Copy | null
    /** In the form that it is sent in. */
    sent: Packed
    /** The proposed version, where it was brought here; null: it was not. */
    proposedDatabase: NamedDatabase | null
    /** How the new version differs from it; null: nobody knows. */
    versionDiff: DatabaseDiff | null
    /** What of it goes into the proposal's commit; null: nothing. */
    storedDiff: StoredDiff | null
    /** The same for a private bucket: it never goes into git; null: nothing. */
    privateDiff: string | null
    /** Where that waits; null: it does not. */
    stagedDiff: StagedDiff | null
    /** Markdown of what is different in the data; private buckets have none. */
    diffMarkdown: string
    /** Null: none is open. */
    pullRequest: PullRequest | null
    /** Where a person opens it; null: there is one, or nobody knows. */
    pullRequestAddress: string | null

    // rollback
    rollback: Rollback

    // prune
    prune: Prune

    // delete
    deletion: DeletionChange
    confirmOption: string | undefined
    /** What a person was shown of it before it was confirmed. */
    seenDeletion: string

    // rebase
    rebase: Rebase
    /** What of others it would undo; null: nobody knows. */
    reverts: readonly Revert[] | null
    /** Whether what others have published meanwhile may be undone. */
    revertsAccepted: boolean

    // withdraw
    /** What is taken back; or what was asked for, where there is nothing to take back. */
    found: Found

    // publish
    inventory: Inventory
    /** What is not as it should be, of what is published and of the list of what was given up. */
    problems: readonly Problem[]
    /** What a publication looks at. */
    pending: readonly DatasetEntry[]
    /** Where that came from. */
    origins: ReadonlyMap<DatasetEntry, Origin>
    plan: PublicationPlan
    publications: readonly Publication[]
    publication: Publication
    companions: Companions
    promotions: readonly ItemOutcome<Publication>[]
    published: readonly Publication[]
    deleted: readonly Deletion[]
    /** What stays pending, and why. */
    failed: readonly Problem[]
    finalCommit: string | null
    swept: Swept

    // audit
    fullWanted: boolean
    since: Date | undefined
    audited: Audited
    /** What only the whole history tells. */
    historyProblems: readonly Problem[]

    // check
    baseOption: string | undefined
    headOption: string | undefined
    commentWanted: boolean
    reviewed: Reviewed
    checked: CheckedProposal
    /** By `<dataset> <version>`: how its bytes differ from those of the version before. */
    dataDiffs: ReadonlyMap<string, DatabaseDiff>
    /** Diffs that are not what the bytes say. */
    falseDiffs: readonly PlacedProblem[]
    /** Those that nobody has held against the bytes. */
    unverifiedDiffs: readonly DiffClaim[]
    /** What is beyond the config's limits, and nobody has accepted. */
    limitProblems: readonly PlacedProblem[]
    /** Who has accepted what is beyond them; null: nobody, or nothing is. */
    acceptedBy: string | null
    checkedStaged: CheckedStaged & { readonly problems: readonly PlacedProblem[] }

    // verify
    role: Role
    /** What the key at hand may do in each bucket, and what is wrong with that. */
    bucketRights: readonly (Rights & {
      readonly bucket: string
      readonly name: string
      readonly problems: readonly string[]
    })[]

    // cleanup
    /** Milliseconds; undefined: the config's retention. */
    olderThan: number | undefined
    /** Whether objects go that nothing names. */
    orphansWanted: boolean
    /** How many objects could not be removed. */
    unremoved: number
    aborted: readonly Aborted[]

    // pull
    /** The manifest that a version is taken from: the base's, or that of a branch. */
    source: Base
    wanted: Wanted
    destination: Destination
    pulled: Pulled

    // diff
    /** `NAME@vN`, `NAME` or a file. */
    diffBefore: string
    diffAfter: string
    diffFormat: 'sql' | 'markdown' | 'json' | undefined
    proveWanted: boolean
    /** Null: there is no data repository here, or none is needed. */
    knownVersions: KnownVersions | null
    /** What is compared with what. */
    diffSides: readonly [before: DiffSide, after: DiffSide]
    /** The same, on this machine. */
    diffDatabases: readonly [before: NamedDatabase, after: NamedDatabase]
    compared: ComparedFiles
    /** All rows that differ, by table; null: nobody asked for them. */
    differingRows: ReadonlyMap<string, readonly DifferingRow[]> | null

    // list
    datasets: readonly DatasetRow[]
    /** When the base was last fetched; null: there is no remote, or nothing tells. */
    asOf: string | null

    // log
    log: VersionLog

    // status
    /** What branches and pull requests propose. */
    proposed: Proposed
    status: Status
    /** In commits, between the local base and the remote's; null: there are not both. */
    distance: { readonly ahead: number; readonly behind: number } | null

    // init
    storageKind: StorageKind | undefined
    accountId: string | undefined
    endpoint: string | undefined
    region: string | undefined
    storePath: string | undefined
    stagingName: string | undefined
    productionName: string | undefined
    internalName: string | undefined
    github: boolean
    /** Whether a git repository is made where there is none; only a person can say so. */
    gitWanted: boolean
    /** The folder as it was found. */
    site: Site
    setup: Setup
    gitMade: boolean
    /** Paths of files. */
    written: readonly string[]

    // completion
    shell: Shell
    script: string

    // cache
    cacheAction: 'show' | 'clear' | undefined
    cacheState: CacheState

    // graph
    drawing: string | object
  }
}
