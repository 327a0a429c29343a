import * as assert from 'uvu/assert'
import type { RetiredObject } from '../../lib/manifest/retired.ts'
import type { TestDataset, TestEntry } from './data-repository.ts'
import type { TestRepository } from './git-repository.ts'

/** The base at one commit: the manifest's text, and what was given up. */
export interface BaseState {
  readonly text: string
  readonly retired: {
    readonly numbers: Readonly<Record<string, number>>
    readonly objects: readonly RetiredObject[]
  }
}

/** Every number that was ever published: `dataset NUL version` → the hash of its bytes. */
export type Numbers = Map<string, string>

const isPublished = ({ commit }: TestEntry): boolean => commit !== 'pending-merge'

/** The states of the base, oldest first, after a commit (null: from the beginning) up to another. */
export async function* readStates(
  git: TestRepository['git'],
  from: string | null,
  to: string,
  path = 'manifest.json',
): AsyncGenerator<BaseState> {
  const range = from === null ? to : `${from}..${to}`
  const commits = await git('log', '--first-parent', '--reverse', '--format=%H', range)
  const list = path.replace(/(\.\w+)$/, '.retired$1')
  for (const commit of commits.split('\n').filter((line) => line !== '')) {
    const [text, retired] = await Promise.all([
      git('show', `${commit}:${path}`),
      git('show', `${commit}:${list}`).catch(() => '{"numbers": {}, "objects": []}'),
    ])
    yield { text, retired: JSON.parse(retired) as BaseState['retired'] }
  }
}

/** Adds what is published in a state. */
export function addNumbers({ text }: BaseState, numbers: Numbers): void {
  for (const { fileName, history } of JSON.parse(text) as TestDataset[]) {
    for (const { version, sha256 } of history.filter(isPublished)) {
      numbers.set(`${fileName}\0${version}`, sha256)
    }
  }
}

/**
 * Asserts that one commit on the base changed the manifest as it may: published entries stay as they
 * are or go by a mark; what is given up is listed; what is published was reviewed, under a number
 * that nothing ever had; and what did not change is written as it was.
 *
 * @param numbers those that were ever published until then; those of the change are added
 */
export function verifyChange(before: BaseState, after: BaseState, numbers: Numbers): void {
  const [old, now] = [parse(before.text), parse(after.text)]
  if (isSame(old, now)) assert.is(after.text, before.text, 'nothing changed, but it was rewritten')
  for (const dataset of old.values()) {
    const rest = now.get(dataset.fileName)
    // What was never published may still move to another bucket.
    if (rest !== undefined && dataset.history.some(isPublished)) verifyDataset(dataset, rest)
    for (const entry of dataset.history.filter(isPublished)) {
      const found = rest?.history.find(({ version }) => version === entry.version)
      if (found === undefined) verifyGoing(dataset, entry, now, after.retired)
      else verifyKept(dataset, entry, found)
    }
  }
  for (const dataset of now.values()) {
    const earlier = old.get(dataset.fileName)
    for (const entry of dataset.history.filter(isPublished)) {
      const found = earlier?.history.find(({ version }) => version === entry.version)
      if (found === undefined || !isPublished(found)) verifyNew(dataset, found, entry, numbers)
    }
  }
  addNumbers(after, numbers)
}

function verifyDataset(old: TestDataset, now: TestDataset): void {
  const rest = (dataset: TestDataset): string =>
    JSON.stringify({ ...dataset, history: [], latestVersion: undefined, status: undefined })
  assert.is(rest(now), rest(old), `${old.fileName}: fields of the dataset changed`)
}

function verifyKept({ fileName }: TestDataset, old: TestEntry, now: TestEntry): void {
  const what = `${fileName} ${old.version}`
  if (!isPublished(now)) {
    // A publication may be reverted.
    const name = ({ sha256, r2_object_key: key }: TestEntry): string => `${sha256} ${key}`
    return assert.is(name(now), name(old), `${what}: pending again with other bytes`)
  }
  const rest = (entry: TestEntry): string => JSON.stringify({ ...entry, status: undefined })
  assert.is(rest(now), rest(old), `${what}: a published entry was edited`)
}

function verifyGoing(
  dataset: TestDataset,
  { version, status, r2_object_key: key }: TestEntry,
  now: ReadonlyMap<string, TestDataset>,
  { numbers, objects }: BaseState['retired'],
): void {
  const { fileName, bucket = 'production' } = dataset
  const what = `${fileName} ${version}`
  const isMarked = [status, dataset.status].includes('pending-deletion')
  assert.ok(isMarked, `${what} is gone without a mark`)
  const isNamed = [...now.values()].some(
    (one) =>
      (one.bucket ?? 'production') === bucket &&
      one.history.some((entry) => entry.r2_object_key === key),
  )
  const isListed = objects.some((object) => object.bucket === bucket && object.key === key)
  assert.is(
    isListed,
    !isNamed,
    `${what}: ${isNamed ? 'named, and listed' : 'gone, and not listed'}`,
  )
  const rest = now.get(fileName)?.history.filter(isPublished) ?? []
  const highest = Math.max(0, ...rest.map(numberOf), numbers[fileName] ?? 0)
  assert.ok(highest >= numberOf({ version }), `${what}: its number may be given again`)
}

function verifyNew(
  { fileName }: TestDataset,
  reviewed: TestEntry | undefined,
  entry: TestEntry,
  numbers: Numbers,
): void {
  const what = `${fileName} ${entry.version}`
  if (reviewed === undefined) return assert.unreachable(`${what} was published without a review`)
  const { staging_key: _, commit: __, description, ...fields } = reviewed
  assert.equal({ ...entry, ...fields }, entry, `${what} is not what was reviewed`)
  assert.match(entry.commit, /^[0-9a-f]{7}$/, `${what}: '${entry.commit}' is no commit`)
  assert.not('staging_key' in entry, `${what} still waits in staging`)
  const isDescribed = !['pending-merge', '', undefined].includes(description)
  if (isDescribed) assert.is(entry.description, description, `${what}: described anew`)
  const earlier = numbers.get(`${fileName}\0${entry.version}`)
  if (earlier !== undefined) {
    return assert.is(entry.sha256, earlier, `${what}: the number had other bytes`)
  }
  const others = [...numbers.keys()].filter((id) => id.startsWith(`${fileName}\0`))
  const highest = Math.max(0, ...others.map((id) => numberOf({ version: id.split('\0')[1] ?? '' })))
  assert.ok(numberOf(entry) > highest, `${what}: there was a v${highest} before`)
}

function parse(text: string): Map<string, TestDataset> {
  return new Map((JSON.parse(text) as TestDataset[]).map((one) => [one.fileName, one]))
}

function numberOf({ version }: Pick<TestEntry, 'version'>): number {
  return Number(version.slice(1))
}

function isSame(one: Map<string, TestDataset>, other: Map<string, TestDataset>): boolean {
  return JSON.stringify([...one.values()]) === JSON.stringify([...other.values()])
}
