import { readFile } from 'node:fs/promises'
import path from 'node:path'
import type { Environment } from '../config/define-config.ts'
import type { ResolvedConfig } from '../config/types.ts'
import { DmError } from '../errors/dm-error.ts'
import { renderConfig } from './config-file.ts'
import { planIgnored } from './ignore-file.ts'
import { findExceptions } from './ignored-files.ts'
import { namedPackages, planPackageFile } from './package-file.ts'
import { isPlanned, type KeptFile, planNew, type PlannedFile, readPlace } from './planned-file.ts'
import type { RunningPackage } from './running-package.ts'
import type { Site } from './site.ts'
import { type StorageChoice, toConfig } from './storage-choice.ts'
import { renderWorkflows } from './workflows.ts'

/** What is to be done to a folder, so that it is a data repository. */
export interface Setup {
  /** In the order in which they are written. */
  readonly planned: readonly PlannedFile[]
  readonly kept: readonly KeptFile[]
  /** What the user should know besides. */
  readonly notices: readonly string[]
  /** The variables that hold the keys to the buckets; empty: none are needed. */
  readonly keys: readonly string[]
}

export interface SetupRequest {
  readonly site: Site
  readonly running: RunningPackage
  /** Null: nobody has said where objects are to be; the config that is there counts, or the default. */
  readonly choice: StorageChoice | null
  /** Whether workflows for GitHub Actions are wanted. */
  readonly github: boolean
  readonly env: Environment
  readonly signal: AbortSignal
}

type File = PlannedFile | KeptFile

/**
 * Plans all files; changes nothing.
 *
 * @throws DM_USAGE, DM_SETUP_…, exit 2; DM_GIT_FAILED
 */
export async function planSetup(request: SetupRequest): Promise<Setup> {
  const { site, running } = request
  const { folder } = site
  const { file, config, notices } = await planConfig(request)
  const keys = keysOf(config)
  const { files: packages, tarball, notices: more } = await planPackages(folder, running)
  const files: File[] = [
    ...packages,
    ...(file === null ? [] : [file]),
    await planManifest(folder, config.manifest),
    ...(keys.length === 0 ? [] : [await planNew(folder, '.env.example', envExample(keys))]),
    ...(request.github ? await planWorkflows(site, config, keys) : []),
  ]
  const made = files.flatMap((one) => (isPlanned(one) && one.before === null ? one.path : []))
  const shared = new Set([...made, ...(tarball === undefined ? [] : [tarball])])
  const exceptions = await findExceptions({ ...request, ...site }, [...shared])
  // First: a later run makes no exceptions for files that it finds.
  files.unshift(await planIgnored(folder, ['node_modules/', '.env', '*.sqlite', ...exceptions]))
  return {
    planned: files.filter(isPlanned),
    kept: files.filter((one): one is KeptFile => !isPlanned(one)),
    notices: [...notices, ...more],
    keys,
  }
}

/** The config, as it is or as it is to be, and its file; null: package.json, which is planned anyway. */
async function planConfig({
  site,
  running,
  choice,
}: SetupRequest): Promise<{ file: File | null; config: ResolvedConfig; notices: string[] }> {
  const { folder, git, config: present } = site
  const keep = (text: string | null): File | null =>
    present === null || present.file === 'package.json'
      ? null
      : { path: present.file, wanted: text }
  if (present !== null && choice === null) {
    return { file: keep(null), config: present.content, notices: [] }
  }
  const wanted = choice ?? { kind: 'embedded' }
  const { config, resolved } = await toConfig(wanted, folder, {
    ...(git === null || git.remote === null || git.remote === 'origin'
      ? {}
      : { remote: git.remote }),
    ...(git === null || git.base === 'main' ? {} : { base: git.base }),
  })
  const text = renderConfig(config, { name: running.name, accountId: wanted.accountId })
  if (present !== null) {
    const isTypeScript = /\.[cm]?ts$/.test(present.file)
    // In another format, it cannot be told whether it says the same.
    const notice = `The config in ${present.file} stays as it is: what the options say of the storage is not written to it.`
    // A config may be a link, unlike what is written here.
    const isSame =
      !isTypeScript || (await readFile(path.join(folder, present.file), 'utf8')) === text
    const file = keep(isSame ? null : text)
    return { file, config: present.content, notices: isTypeScript ? [] : [notice] }
  }
  const file = await planNew(folder, 'datamanager.config.ts', text)
  return { file, config: resolved, notices: [] }
}

/** The package and its Node.js; a tarball is copied, so that everybody who clones has it. */
async function planPackages(
  folder: string,
  { name, source }: RunningPackage,
): Promise<{ files: File[]; tarball?: string; notices: string[] }> {
  const node = { node: '^24.0.0' }
  const install = (spec: string): Promise<File> =>
    planPackageFile(folder, { [name]: spec, ...node })
  if ((await namedPackages(folder)).has(name)) {
    return { files: [await planPackageFile(folder, node)], notices: [] }
  }
  if (source.kind === 'spec') return { files: [await install(source.spec)], notices: [] }
  if (source.kind === 'folder') {
    const place = path.relative(folder, source.folder) || '.'
    const notice = `package.json names ${source.folder}, a folder of this machine. For others, make a tarball there (npm pack) and install that: npm install --save-dev FILE.tgz`
    return { files: [await install(`file:${place}`)], notices: [notice] }
  }
  const inside = path.relative(folder, source.file)
  if (!inside.startsWith('..')) {
    return { files: [await install(`file:${inside}`)], tarball: inside, notices: [] }
  }
  const copy = `vendor/${path.basename(source.file)}`
  const before = await readPlace(folder, copy)
  const content = await readFile(source.file)
  const added = `(a copy of ${source.file})\n`
  const isSame = before?.equals(content) ?? false
  const file =
    before === null
      ? { path: copy, before, content, added }
      : { path: copy, wanted: isSame ? null : added }
  return { files: [file, await install(`file:${copy}`)], tarball: copy, notices: [] }
}

async function planManifest(folder: string, manifest: string): Promise<File> {
  const file = await planNew(folder, manifest, '[]\n')
  // Whatever it holds is what it is to hold.
  return isPlanned(file) ? file : { path: manifest, wanted: null }
}

/** The variables that the publisher's, and a developer's, keys are in. */
function keysOf({ storage, buckets }: ResolvedConfig): string[] {
  if (storage?.type !== 's3') return []
  const isR2 = storage.endpoint?.endsWith('.r2.cloudflarestorage.com') ?? false
  const common = ['ACCESS_KEY_ID', 'SECRET_ACCESS_KEY'].map(
    (name) => `${isR2 ? 'R2' : 'AWS'}_${name}`,
  )
  const names = Object.values(buckets).flatMap(({ credentials }) =>
    credentials === null ? common : Object.values(credentials),
  )
  return [...new Set(names)]
}

function envExample(keys: readonly string[]): string {
  const lines = keys.map((name) => `${name}=\n`).join('')
  return `# Copy this file to .env, which git ignores, and put your keys there: never here.\n${lines}`
}

/** @throws DM_USAGE where no machine of GitHub could do what they say */
async function planWorkflows(
  { folder, git }: Site,
  { storage, manifest, git: { base } }: ResolvedConfig,
  secrets: readonly string[],
): Promise<File[]> {
  if (git !== null && git.prefix !== '') {
    const problem = `GitHub reads workflows in the root of a git repository alone, and ${folder} is below it.`
    const hint = 'Leave out --github, and write them there as docs/data-repository.md shows.'
    throw new DmError('DM_USAGE', { problem, hint })
  }
  if (storage?.type !== 's3') {
    const store = storage === null ? 'The embedded store' : 'A store in a folder'
    const problem = `${store} is on this machine alone: no workflow can publish there.`
    const hint = 'Choose --storage r2 or s3, or leave out --github.'
    throw new DmError('DM_USAGE', { problem, hint })
  }
  // In a condition, it would begin an expression of its own.
  if (base.includes('${{')) {
    const problem = `GitHub would not take the branch ${base} by its name: \${{ has a meaning there.`
    const hint = 'Choose another base, or leave out --github.'
    throw new DmError('DM_USAGE', { problem, hint })
  }
  const workflows = Object.entries(renderWorkflows({ base, manifest, secrets }))
  return Promise.all(workflows.map(([file, text]) => planNew(folder, file, text)))
}
