import { withFields } from './json/source-text.ts'
import { latestPublished } from './latest-published.ts'
import { newestEntry } from './newest-entry.ts'
import type { Dataset, Manifest, VersionEntry } from './types.ts'

/** The manifest with one dataset replaced, or dropped (null). */
export function replaceDataset(
  manifest: Manifest,
  dataset: Dataset,
  replacement: Dataset | null,
): Manifest {
  const datasets = manifest.datasets.flatMap((candidate) => {
    if (candidate !== dataset) return [candidate]
    return replacement === null ? [] : [replacement]
  })
  return { ...manifest, datasets }
}

/** The dataset with one entry replaced, or dropped (null). */
export function replaceEntry(
  dataset: Dataset,
  entry: VersionEntry,
  replacement: VersionEntry | null,
): Dataset {
  const history = dataset.history.flatMap((candidate) => {
    if (candidate !== entry) return [candidate]
    return replacement === null ? [] : [replacement]
  })
  return withFields(dataset, { history })
}

/**
 * The dataset with `latestVersion` naming the highest published version; where nothing is
 * published, the newest entry, since other tools require the field.
 */
export function withLatestVersion(dataset: Dataset): Dataset {
  const latest = latestPublished(dataset) ?? newestEntry(dataset)
  if (latest === undefined || latest.version === dataset.latestVersion) return dataset
  return withFields(dataset, { latestVersion: latest.version })
}
