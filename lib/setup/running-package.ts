import { readFile, stat } from 'node:fs/promises'
import path from 'node:path'
import { fileURLToPath } from 'node:url'

/** Where a copy of this package came from. */
export type PackageSource =
  /** As a package.json names it: a version, or the address of a git repository or a tarball. */
  | { readonly kind: 'spec'; readonly spec: string }
  /** A tarball on this machine, absolute. */
  | { readonly kind: 'tarball'; readonly file: string }
  /** A folder on this machine, absolute: the sources, or a copy that nobody says where it is from. */
  | { readonly kind: 'folder'; readonly folder: string }

/** A copy of this package. */
export interface RunningPackage {
  readonly name: string
  readonly source: PackageSource
}

/** The folder of the copy that is running: one up from the bundle, two from the sources. */
export const packageFolder = fileURLToPath(
  new URL(import.meta.url.endsWith('.ts') ? '../..' : '..', import.meta.url),
).replace(/\/$/, '')

/**
 * Finds out how a copy of this package was installed: by the project around it that names it, else by
 * what npm wrote down of it, else by a tarball that was made of these sources.
 *
 * @param folder the copy's own
 */
export async function findRunningPackage(folder: string): Promise<RunningPackage> {
  const { name, version } = (await readJson(path.join(folder, 'package.json'))) as {
    name: string
    version: string
  }
  const found =
    (await findSpec(folder, name)) ?? (await findResolved(folder, name)) ?? (await packed())
  const source = found === null ? null : await toSource(found, version)
  return { name, source: source ?? { kind: 'folder', folder } }

  async function packed(): Promise<Found> {
    return { spec: `file:${name.replace(/^@/, '').replace('/', '-')}-${version}.tgz`, from: folder }
  }
}

/** What a project says, and its folder, from which paths count. */
interface Found {
  readonly spec: string
  readonly from: string
}

async function findSpec(folder: string, name: string): Promise<Found | null> {
  for (const from of projectsAround(folder)) {
    const project = toRecord(await readJson(path.join(from, 'package.json')))
    for (const field of ['dependencies', 'devDependencies', 'optionalDependencies']) {
      const spec = toRecord(project[field])[name]
      if (typeof spec === 'string') return { spec, from }
    }
  }
  return null
}

/** npm's own record of a folder of packages, also of one that no package.json names. */
async function findResolved(folder: string, name: string): Promise<Found | null> {
  for (const from of projectsAround(folder)) {
    const record = toRecord(await readJson(path.join(from, 'node_modules/.package-lock.json')))
    const spec = toRecord(toRecord(record['packages'])[`node_modules/${name}`])['resolved']
    if (typeof spec === 'string') return { spec, from }
  }
  return null
}

/** The folders with a `node_modules` that this folder lies in, the nearest first. */
function projectsAround(folder: string): string[] {
  const parts = folder.split(path.sep)
  return parts
    .flatMap((part, index) => (part === 'node_modules' ? [index] : []))
    .map((index) => parts.slice(0, index).join(path.sep) || path.sep)
    .toReversed()
}

/** Null: it is no longer there. */
async function toSource({ spec, from }: Found, version: string): Promise<PackageSource | null> {
  const local = /^(?:file:|link:|portal:)|^(?:\.{1,2}|~)?\//.exec(spec)
  if (local !== null) {
    const place = path.resolve(from, spec.replace(/^(?:file|link|portal):/, ''))
    const stats = await stat(place).catch(() => null)
    if (stats === null) return null
    return stats.isFile() ? { kind: 'tarball', file: place } : { kind: 'folder', folder: place }
  }
  const isAddress = /^[a-z+]+:(?!\*)|^[\w.-]+\/[\w.-]+(?:#|$)/i.test(spec)
  // The tarball of a registry has this in its path; it is named by its version.
  const isAddressed = isAddress && !/^(?:npm|workspace|catalog):|^https?:.*\/-\//.test(spec)
  if (isAddressed) return { kind: 'spec', spec: withoutSecrets(spec) }
  return { kind: 'spec', spec: /^[\^~]?\d/.test(spec) ? spec : `^${version}` }
}

/** What a URL of HTTP has before its host is a secret, which does not belong into a file. */
function withoutSecrets(spec: string): string {
  return spec.replace(/^((?:git\+)?https?:\/\/)[^/@]*@/i, '$1')
}

async function readJson(file: string): Promise<unknown> {
  try {
    return JSON.parse(await readFile(file, 'utf8'))
  } catch {
    return null
  }
}

function toRecord(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {}
}
