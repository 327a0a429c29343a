import * as z from 'zod'
import { parseBytes, parseDuration } from '../format/units.ts'
import type { Graph } from '../graph/graph.ts'

// S3's rules: https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html
const bucketName = z
  .string()
  .regex(
    /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/,
    'must be 3 to 63 lower-case letters, digits, dots or hyphens',
  )
const logicalName = z
  .string()
  .regex(
    /^[a-z][a-z0-9-]*$/,
    'must be lower-case letters, digits and hyphens, beginning with a letter',
  )
const variableName = z
  .string()
  .regex(
    /^[A-Z_][A-Z0-9_]*$/,
    'must be the name of an environment variable, such as R2_ACCESS_KEY_ID, not a key itself',
  )
const relativePath = z.string().refine(isSafeRelativePath, {
  message: "must be a path inside the data repository, with '/' and without '..'",
})

const endpointUrl = z
  .url({
    protocol: /^https?$/,
    error: 'must be a URL such as https://ACCOUNT.r2.cloudflarestorage.com',
  })
  .refine(hasWholeHost, {
    message: 'has an empty part in its host name: is the account id of R2 set?',
  })
  .refine(isPlainUrl, { message: 'must have no user name, password, query or fragment' })
const publicUrl = z
  .url({ protocol: /^https?$/, error: 'must be a URL such as https://data.example.org/' })
  .refine(isHttpsOrLoopback, {
    message: 'must begin with https:// (plain http only for this machine)',
  })
  .refine(isPlainUrl, { message: 'must have no user name, password, query or fragment' })

// No shell is there to put the home folder for `~`: a folder of that name would be made.
const storagePath = z
  .string()
  .regex(/^[^~\0][^\0]*$/, "must be a path that does not begin with '~': write it in full")

const storage = z.discriminatedUnion('type', [
  z.strictObject({
    type: z.literal('s3'),
    endpoint: endpointUrl.optional(),
    region: z.string().min(1).optional(),
    forcePathStyle: z.boolean().optional(),
  }),
  z.strictObject({ type: z.literal('folder'), path: storagePath }),
])

const bucket = z.strictObject({
  name: bucketName.optional(),
  url: publicUrl.optional(),
  credentials: z
    .strictObject({
      accessKeyId: variableName,
      secretAccessKey: variableName,
      sessionToken: variableName.optional(),
    })
    .optional(),
})

const field = z.strictObject({
  pattern: z
    .string()
    .refine(isRegularExpression, { message: 'must be a regular expression' })
    .optional(),
  prompt: z.string().min(1).optional(),
  optional: z.boolean().optional(),
})

// What the URL of a remote may give: two parts, escaped as in a URL.
const repositoryName = z
  .string()
  .regex(/^(?!\.+\/|.*\/\.+$)[\w.~!*'()%-]+\/[\w.~!*'()%-]+$/, "must be 'owner/name'")
const stamp = z
  .string()
  .regex(
    /^(?!\.+\/|[^#]*\/\.+(?:#|$))[\w.~!*'()%-]+\/[\w.~!*'()%-]+(?:#[\x21-\x7e]*[^\s/])?$/,
    "must be a stamp: 'owner/name', or 'owner/name#folder' of a data repository in a folder",
  )

/** What was given up goes after this time; at once is for a person to say. */
const retention = z.string().refine((text) => (parseDuration(text) ?? 0) > 0, {
  message: "must be a length of time above 0, such as '7d', '12h', '30m' or '2w'",
})

const amount = z.string().refine((text) => parseBytes(text) !== null, {
  message: "must be an amount of bytes, such as '2GiB', '500MiB' or '0'",
})

const compression = z.union(
  [
    z.literal(false),
    // Above 19, zstd takes hundreds of MB of memory.
    z.strictObject({ level: z.int().min(1).max(19).optional() }),
  ],
  { error: 'must be false, or { level } with a whole number from 1 to 19' },
)

// https://git-scm.com/docs/git-check-ref-format; and nothing that git would take for an option.
const refName = /^(?![-/.]|.*(?:\/\.|\.\.|\/\/|@\{|\.lock(?:\/|$)|[/.]$))[^\0-\x20\x7f~^:?*[\\]+$/
const remoteName = z.string().regex(refName, "must be the name of a remote, such as 'origin'")
const branchName = z
  .string()
  .regex(refName, "must be the name of a branch, such as 'main'")
  .refine((name) => !name.startsWith('refs/') && name !== 'HEAD' && name !== '@', {
    message: "must be the name of a branch itself, such as 'main'",
  })

const changesGraph = z.custom<(graph: Graph) => Graph>((value) => typeof value === 'function', {
  message: 'must be a function that takes a graph and returns one: (g) => g.after(…)',
})

const limits = {
  maxChangedRows: z.int().min(0, 'must be a whole number, at least 0').optional(),
  maxVanishedKeys: z.int().min(0, 'must be a whole number, at least 0').optional(),
  schemaChanges: z.boolean().optional(),
}

/** The shape of a config file; unknown keys are refused everywhere. */
export const configSchema = z.strictObject({
  storage: storage.optional(),
  buckets: z.record(logicalName, bucket).optional(),
  staging: logicalName.optional(),
  defaultBucket: logicalName.optional(),
  repository: repositoryName.optional(),
  formerly: z.array(stamp).optional(),
  manifest: relativePath.optional(),
  diffs: relativePath.optional(),
  page: relativePath.nullable().optional(),
  git: z.strictObject({ remote: remoteName.optional(), base: branchName.optional() }).optional(),
  fields: z
    .record(z.string().regex(/^[A-Za-z][A-Za-z0-9_]*$/, 'must be letters, digits and _'), field)
    .optional(),
  retention: retention.optional(),
  review: z
    .strictObject({
      ...limits,
      datasets: z.record(z.string(), z.strictObject(limits)).optional(),
    })
    .optional(),
  diff: z
    .strictObject({
      lines: z
        .number()
        .int('must be a whole number of lines')
        .min(0, 'must be 0 or more')
        .optional(),
      maxDownload: amount.optional(),
    })
    .optional(),
  cache: z.strictObject({ size: amount.optional() }).optional(),
  compression: compression.optional(),
  pipelines: z.record(z.string(), changesGraph).optional(),
})

function isSafeRelativePath(path: string): boolean {
  const refused = /(?:^|\/)(?:\.{0,2}|\.git)(?:\/|$)/i
  return !/[\p{Cc}\\]/u.test(path) && !refused.test(path)
}

function isHttpsOrLoopback(url: string): boolean {
  if (!URL.canParse(url)) return true
  const { protocol, hostname } = new URL(url)
  return protocol === 'https:' || ['localhost', '127.0.0.1', '[::1]'].includes(hostname)
}

/** Made of an empty variable, the URL begins with a dot. */
function hasWholeHost(url: string): boolean {
  return !URL.canParse(url) || !new URL(url).hostname.split('.').includes('')
}

/** Shown in messages, and a public one in pages. */
function isPlainUrl(url: string): boolean {
  if (!URL.canParse(url)) return true
  const { username, password, search, hash } = new URL(url)
  return [username, password, search, hash].every((part) => part === '')
}

function isRegularExpression(pattern: string): boolean {
  try {
    return new RegExp(pattern, 'u') instanceof RegExp
  } catch {
    return false
  }
}
