import { readBase } from '../../base/base.ts'
import { datasetBuckets } from '../../config/buckets.ts'
import type { Project } from '../../config/open-project.ts'
import { formatAge, formatBytes } from '../../format/units.ts'
import { openRepository } from '../../git/repository.ts'
import { type DatasetRow, datasetRows } from '../../listing/dataset-rows.ts'
import { readProposedVersions } from '../../listing/proposed-versions.ts'
import { readVersionLog } from '../../listing/version-log.ts'
import { brokenNameRule, suggestName } from '../../manifest/dataset-name.ts'
import { PENDING } from '../../manifest/status.ts'
import type { Takes } from '../../graph/operation.ts'
import type { Choice } from './prompts.ts'

/** What there is in a data repository, as choices; as it was last fetched. */
export interface Known {
  /** The datasets of the base and those that branches propose; refused where all of a kind is. */
  readonly datasets: (takes?: Takes) => readonly Choice<string>[]
  /** Whether the base has the dataset. */
  readonly has: (dataset: string) => boolean
  /** The versions of a dataset, the newest first; refused where they are of another kind. */
  readonly versions: (dataset: string, takes?: Takes) => Promise<readonly Choice<string>[]>
  /** The branches that propose versions. */
  readonly branches: readonly Choice<string>[]
  /** The buckets that a dataset can be in; the first is the usual one. */
  readonly buckets: readonly Choice<string>[]
}

/**
 * Reads what there is; asks no remote.
 *
 * @throws DM_GIT_…, DM_MANIFEST_…
 */
export async function readKnown({ root, env, config, clock }: Project): Promise<Known> {
  const repository = await openRepository({ cwd: root, env, ...config.git })
  const path = config.manifest
  const base = await readBase(repository, path)
  const { manifest } = base
  const { versions: proposed } = await readProposedVersions(repository, base, path)
  const now = clock()
  const { defaultBucket } = config
  const others = datasetBuckets(config).filter((bucket) => bucket !== defaultBucket)
  const rows = datasetRows(manifest, proposed)
  return {
    datasets: (takes) => alignLabels(rows.map((row) => toDataset(row, now, takes))),
    has: (dataset) => manifest.datasets.some(({ fileName }) => fileName === dataset),
    versions: async (dataset, takes) => {
      const { log } = await readVersionLog(repository, base, { name: dataset, path })
      const all = log.versions.filter(
        ({ pending, marked }) => takes !== 'open' || pending || marked,
      )
      return alignLabels(
        all.map(({ version, timestamp, bytes, description, ...row }) => ({
          value: version,
          cells: [
            version,
            formatAge(timestamp, now),
            bytes == null ? '' : formatBytes(bytes),
            [
              ...(row.marked ? ['(to be deleted)'] : []),
              ...(row.pending ? [`(${row.branch === null ? 'pending' : `on ${row.branch}`})`] : []),
              ...(description === null || description === PENDING ? [] : [description]),
            ].join(' '),
          ],
          detail: `${timestamp}, SHA-256 ${row.sha256.slice(0, 12)}`,
          refused: refusal(row, takes),
        })),
      )
    },
    branches: alignLabels(
      [...new Set(proposed.map(({ branch }) => branch))].map((branch) => {
        const own = proposed.filter((one) => one.branch === branch)
        const items = own.map(({ dataset, entry }) => `${dataset.fileName} ${entry.version}`)
        return { value: branch, cells: [branch, items.join(', ')] }
      }),
    ),
    buckets: [defaultBucket, ...others].map((bucket) => ({ value: bucket, label: bucket })),
  }
}

/** A new dataset of that name, or of one like it that is allowed; refused where there is none. */
export function newDataset(name: string): Choice<string> {
  const rule = brokenNameRule(name)
  const good = rule === undefined ? name : suggestName(name)
  if (good === undefined) return { value: name, label: name, refused: `a name ${rule}` }
  const detail = rule === undefined ? {} : { detail: `'${name}' cannot be its name: it ${rule}.` }
  return { value: good, label: `${good}  (new)`, ...detail }
}

/** Why a version cannot be chosen. */
function refusal(
  { pending, marked }: { readonly pending: boolean; readonly marked: boolean },
  takes: Takes | undefined,
): string | undefined {
  if (takes === undefined || takes === 'open') return undefined
  if (pending) return 'not published yet'
  return marked && takes === 'kept' ? 'to be deleted' : undefined
}

function toDataset(
  { name, bucket, latest, versions, pending, marked }: DatasetRow,
  now: Date,
  takes: Takes | undefined,
): Row {
  const waiting = pending.map(({ version, branch }) =>
    branch === null ? `${version} pending` : `${version} on ${branch}`,
  )
  const refused = versions === 0 ? refusal({ pending: true, marked }, takes) : undefined
  const none = refused === undefined ? 'nothing published' : ''
  return {
    value: name,
    cells: [
      name,
      latest === null ? '' : latest.version,
      latest === null ? none : formatAge(latest.timestamp, now),
      bucket,
      [...(marked ? ['to be deleted'] : []), ...waiting].join(', '),
    ],
    refused,
  }
}

interface Row {
  readonly value: string
  /** The first says what it is. */
  readonly cells: readonly string[]
  readonly detail?: string
  readonly refused?: string | undefined
}

function alignLabels(rows: readonly Row[]): Choice<string>[] {
  const widths: number[] = []
  for (const { cells } of rows) {
    cells.forEach((cell, column) => (widths[column] = Math.max(widths[column] ?? 0, cell.length)))
  }
  return rows.map(({ cells, ...row }) => ({
    ...row,
    label: cells
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
    whole: cells.filter((cell) => cell !== '').join(', '),
    answer: cells[0] ?? row.value,
  }))
}
