// Measures what this project promises of its speed, side by side with what it is compared with, five
// times in turn, and prints medians and their ratio:
//
//   node scripts/benchmark.ts [FILE [ENDPOINT]]
//   node scripts/benchmark.ts --growth FOLDER [SCALE]
//   node scripts/benchmark.ts --looking FOLDER [ENDPOINT]
//
// --growth: instead, how time and memory grow with the history, the manifest and the open branches, in
// repositories that are made in FOLDER (some two minutes, 700 MB) and kept for the next time. SCALE:
// such as 0.01, to try it out.
//
// --looking: instead, what log, status and audit take for 2,000 versions, in a repository that is made as
// FOLDER and kept; audit only with an ENDPOINT, whose bucket `production` is given the 2,000 objects.
//
// FILE: a large SQLite database. ENDPOINT: an S3 service with the buckets `staging` and `production`, and
// its keys in AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY; with FILE, needs the command `aws`. Build
// first: npm run build.
import { execFileSync } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { copyFileSync, cpSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { withFile } from '../lib/files/file-identity.ts'
import { hashFile } from '../lib/files/hash-file.ts'
import { createS3Store } from '../lib/store/s3/s3-store.ts'
import { measureGrowth, median } from './benchmark/growth.ts'
import { measureLooking, type Service } from './benchmark/looking.ts'

const mode = ['--growth', '--looking'].find((one) => one === process.argv[2])
if (mode !== undefined && process.argv[3] === undefined) throw new Error(`${mode} needs a folder`)
const [file, endpoint] = mode === undefined ? process.argv.slice(2) : []
const root = path.join(import.meta.dirname, '..')

/** Seconds that it takes. */
async function time(work: () => unknown): Promise<number> {
  const start = performance.now()
  await work()
  return (performance.now() - start) / 1000
}

async function compare(
  name: string,
  ours: () => unknown,
  theirs: () => unknown,
  runs = 5,
): Promise<void> {
  const times: [number[], number[]] = [[], []]
  for (let count = 0; count < runs; count++) {
    times[0].push(await time(ours))
    times[1].push(await time(theirs))
  }
  const [a, b] = [median(times[0]), median(times[1])]
  process.stdout.write(
    `${name}: ${a.toFixed(3)} s against ${b.toFixed(3)} s, ratio ${(a / b).toFixed(2)}\n`,
  )
}

function run(program: string, args: readonly string[], cwd?: string): void {
  execFileSync(program, args, { stdio: 'pipe', ...(cwd === undefined ? {} : { cwd }) })
}

/** What is published, laid out as npm installs it; returns the program. */
function installBundle(folder: string): string {
  const program = path.join(folder, 'lib/cli/bin.cjs')
  mkdirSync(path.dirname(program), { recursive: true })
  copyFileSync(path.join(root, 'lib/cli/bin.cjs'), program)
  copyFileSync(path.join(root, 'package.json'), path.join(folder, 'package.json'))
  cpSync(path.join(root, 'dist'), path.join(folder, 'dist'), { recursive: true })
  return program
}

const node = process.execPath
const folder = mkdtempSync(path.join(tmpdir(), 'dm-benchmark-'))
try {
  const program = installBundle(path.join(folder, 'package'))
  const place = path.resolve(process.argv[3] ?? '')
  if (mode === '--growth') await measureGrowth(program, place, Number(process.argv[4] ?? 1))
  else if (mode === '--looking') await measureLooking(program, place, serviceAt(process.argv[4]))
  else await measureStart(program)
} finally {
  rmSync(folder, { recursive: true })
}

/** Null without an endpoint, or without keys for it. */
function serviceAt(address: string | undefined): Service | null {
  const accessKeyId = process.env['AWS_ACCESS_KEY_ID']
  const secretAccessKey = process.env['AWS_SECRET_ACCESS_KEY']
  if (address === undefined || accessKeyId === undefined || secretAccessKey === undefined) {
    return null
  }
  return { endpoint: address, credentials: { accessKeyId, secretAccessKey } }
}

async function measureStart(program: string): Promise<void> {
  const repository = path.join(folder, 'repository')
  run('git', ['init', '--quiet', repository])
  const bare = (): void => run(node, ['-e', '0'])
  const list = (): void => run(node, [program, 'list'], repository)
  const version = (): void => run(node, [program, '--version'])
  await compare('dm --version against node -e 0', version, bare, 25)
  await compare('dm list against node -e 0', list, bare, 25)
}

if (file !== undefined) {
  const { sha256 } = await withFile(file, (opened) => hashFile(opened))
  const openssl = (): void => run('openssl', ['dgst', '-sha256', file])
  await compare(
    'hash against openssl dgst -sha256',
    () => withFile(file, (opened) => hashFile(opened)),
    openssl,
  )

  const service = serviceAt(endpoint)
  if (service !== null) {
    const connection = {
      bucket: 'staging',
      name: 'staging',
      region: 'us-east-1',
      repository: 'benchmark/benchmark',
    }
    const store = createS3Store({ ...connection, ...service })
    const key = `benchmark-${randomUUID()}`
    const stamp = { sha256 }
    const ours = (): Promise<unknown> => store.put(key, file, { stamp })
    const url = `s3://staging/${key}-aws`
    const aws = ['--endpoint-url', service.endpoint, '--region', 'us-east-1', 's3']
    const theirs = (): void => run('aws', [...aws, 'cp', '--quiet', file, url])
    await compare(
      'upload against aws s3 cp',
      async () => {
        await store.remove(key)
        await ours()
      },
      theirs,
    )
    await store.remove(key)
    await store.remove(`${key}-aws`)
  }
}
