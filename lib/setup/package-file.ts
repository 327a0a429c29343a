import { DmError } from '../errors/dm-error.ts'
import { parseJson } from '../manifest/json/parse-json.ts'
import { renderJson } from '../manifest/json/render-json.ts'
import { rememberSource, withFields } from '../manifest/json/source-text.ts'
import { type KeptFile, type PlannedFile, readPlace } from './planned-file.ts'

const file = 'package.json'

type Fields = Readonly<Record<string, unknown>>

/**
 * Plans a `package.json` that has these packages, with everything else in it as it is. A package that
 * it names already stays, whatever its version.
 *
 * @param packages names with what npm is to install
 * @throws DM_SETUP_IN_THE_WAY, DM_SETUP_INCOMPLETABLE, exit 2
 */
export async function planPackageFile(
  folder: string,
  packages: Readonly<Record<string, string>>,
): Promise<PlannedFile | KeptFile> {
  const before = await readPlace(folder, file)
  if (before === null) {
    const fields = { private: true, type: 'module', devDependencies: packages, allowScripts }
    const text = `${JSON.stringify(fields, null, 2)}\n`
    return { path: file, before, content: Buffer.from(text), added: text }
  }
  const text = before.toString()
  const project = parse(text)
  const known = namesIn(project)
  const missing = Object.entries(packages).filter(([name]) => !known.has(name))
  const scripts = at(project, 'allowScripts')
  const isAllowed = Object.hasOwn(scripts, 'node')
  if (missing.length === 0 && isAllowed) return { path: file, wanted: null }
  const added = {
    ...(missing.length === 0 ? {} : { devDependencies: Object.fromEntries(missing) }),
    ...(isAllowed ? {} : { allowScripts }),
  }
  const changes = Object.entries(added).map(([field, fields]): [string, Fields] => [
    field,
    withFields(at(project, field), fields),
  ])
  const layout = {
    indent: /^\s*\{\s*\n([ \t]+)/.exec(text)?.[1] ?? '  ',
    newline: text.includes('\r\n') ? '\r\n' : '\n',
  }
  const merged = renderJson(withFields(project, Object.fromEntries(changes)), layout)
  const content = text.slice(0, text.indexOf('{')) + merged + text.slice(text.lastIndexOf('}') + 1)
  return {
    path: file,
    before,
    content: Buffer.from(content),
    added: `${JSON.stringify(added, null, 2)}\n`,
  }
}

/**
 * The packages that a `package.json` names.
 *
 * @throws DM_SETUP_IN_THE_WAY, DM_SETUP_INCOMPLETABLE, exit 2
 */
export async function namedPackages(folder: string): Promise<ReadonlySet<string>> {
  const content = await readPlace(folder, file)
  return content === null ? new Set() : namesIn(parse(content.toString()))
}

function namesIn(project: Fields): ReadonlySet<string> {
  return new Set(dependencyFields.flatMap((field) => Object.keys(at(project, field))))
}

/** The package `node` fetches its program by a script, which npm runs only where that is allowed. */
const allowScripts = { node: true }

const dependencyFields = ['dependencies', 'devDependencies', 'optionalDependencies']

function parse(text: string): Fields {
  try {
    const document = parseJson(text)
    rememberSource(document)
    if (isFields(document.value)) return document.value
  } catch (cause) {
    const reason = `it is no JSON (${cause instanceof Error ? cause.message : String(cause)})`
    throw new DmError('DM_SETUP_INCOMPLETABLE', { path: file, reason }, { cause })
  }
  throw new DmError('DM_SETUP_INCOMPLETABLE', { path: file, reason: 'it holds no object' })
}

/** @throws DM_SETUP_INCOMPLETABLE where the field is there and has no fields */
function at(project: Fields, field: string): Fields {
  const value = Object.hasOwn(project, field) ? project[field] : {}
  if (isFields(value)) return value
  const reason = `its '${field}' is no object`
  throw new DmError('DM_SETUP_INCOMPLETABLE', { path: file, reason })
}

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
