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
    if (typeof spec !== 'string') continue
    // A tarball of the registry has this in its path; it is named by its version.
    const isOwn = /^https?:/.test(spec) && spec.replaceAll(/%2f/gi, '/').includes(`/${name}/-/`)
    return { spec: isOwn ? '*' : spec, from }
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

/** Null: it is no longer there, or it is nothing that others could follow without a secret. */
async function toSource({ spec, from }: Found, version: string): Promise<PackageSource | null> {
  const isPath = /^(?:file:|link:|portal:)|^(?:\.{1,2}|~)?\//.test(spec)
  if (isPath || /^[\w./ -]+\.(?:tgz|tar|tar\.gz)$/i.test(spec)) {
    const place = path.resolve(from, spec.replace(/^(?:file|link|portal):/, ''))
    const stats = await stat(place).catch(() => null)
    if (stats === null) return null
    return stats.isFile() ? { kind: 'tarball', file: place } : { kind: 'folder', folder: place }
  }
  const wanted = toAddress(spec) ?? toVersion(spec, version)
  return wanted === null ? null : { kind: 'spec', spec: wanted }
}

/** What the registry has under the package's own name: the version that runs, or as it was asked for. */
function toVersion(spec: string, version: string): string | null {
  if (/^[\^~]?\d[\w.+*|^~<>= -]*$/.test(spec)) return spec
  // A looser range, or a tag, which moves.
  return /^[\w.+*|^~<>= -]*$/.test(spec) ? `^${version}` : null
}

// Each names another place than the registry has under the package's own name.
const addresses = [
  /^npm:(?:@[\w.-]+\/)?[\w.-]+(?:@[\w.+*|^~<>= -]*)?$/,
  /^\w[\w.-]*\/[\w.-]+(?:#[^\s?]*)?$/,
  /^(?:github|gitlab|bitbucket):[\w.-]+(?:\/[\w.-]+)+(?:#[^\s?]*)?$/,
  /^gist:[\w/-]+(?:#[^\s?]*)?$/,
  // As ssh takes it: a user, never a password.
  /^[\w.-]+@[\w.-]+:[\w.~/-]+(?:#[^\s?]*)?$/,
]

/** An address as it may stand in a file; null: it is none, or one that cannot do without a secret. */
function toAddress(spec: string): string | null {
  if (addresses.some((address) => address.test(spec))) return spec
  const [, scheme = '', authority = '', rest = ''] =
    /^((?:git\+)?(?:https?|ssh)|git):\/\/([^/?#\s]*)([^\s]*)$/i.exec(spec) ?? []
  const at = authority.lastIndexOf('@')
  const host = authority.slice(at + 1)
  // A query may hold a key.
  if (!/^(?:[\w.-]+|\[[\da-f:]+\])(?::\d*)?$/i.test(host) || /^[^#]*\?/.test(rest)) return null
  const user = authority.slice(0, at + 1)
  // What stands before the host of HTTP is a secret, also without a password; for ssh, it is a name.
  const isName = /ssh$/i.test(scheme) && /^[\w.-]+@$/.test(user)
  return `${scheme}://${isName ? user : ''}${host}${rest}`
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
