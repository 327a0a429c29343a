// Runs every test file in a process of its own and counts what really ran. uvu alone ends with 0
// although a hook threw, nothing was registered or `run()` was forgotten; this does not.
//
//   node test/run.ts [--e2e] [part of a path …]
import { spawn } from 'node:child_process'
import { accessSync, constants, readFileSync, statfsSync } from 'node:fs'
import { glob } from 'node:fs/promises'
import { availableParallelism } from 'node:os'
import path from 'node:path'
import { stripVTControlCharacters } from 'node:util'
import { type Counts, findSourceProblems, readCounts } from './helpers/uvu-guard.ts'

const root = path.dirname(import.meta.dirname)
const e2e = process.argv.includes('--e2e')
const filters = process.argv.slice(2).filter((word) => word !== '--e2e')
const pattern = e2e ? 'test/e2e/**/*.e2e.ts' : 'test/**/*.test.ts'

const files = (await Array.fromAsync(glob(pattern, { cwd: root })))
  .filter((file) => filters.length === 0 || filters.some((part) => file.includes(part)))
  .toSorted()
  // The longest are in test/tasks: begun last, one of them would run alone.
  .toReversed()

const allowedSkips = JSON.parse(
  readFileSync(path.join(root, 'test/allowed-skips.json'), 'utf8'),
) as Record<string, number>

// One cluster for all files; tests find it in the environment.
const cluster = e2e && files.length > 0 ? await startCluster() : null

const env = {
  ...process.env,
  ...inMemory(),
  ...compiledOnce(),
  ...(await bundledOnce()),
  ...cluster?.env,
}

const total: Counts = { passed: 0, failed: 0, skipped: 0 }
const problems: string[] = []

async function runFile(file: string): Promise<void> {
  const source = readFileSync(path.join(root, file), 'utf8')
  for (const problem of findSourceProblems(source)) problems.push(`${file}: ${problem}`)
  const began = performance.now()
  const { output, exit } = await uvu(file)
  const counts = readCounts(output)
  const seconds = ((performance.now() - began) / 1000).toFixed(1)
  if (counts === null) {
    problems.push(`${file}: ended with ${exit} before it could count its tests`)
    process.stdout.write(`✘ ${file}\n${output}\n`)
    return
  }
  total.passed += counts.passed
  total.failed += counts.failed
  total.skipped += counts.skipped
  if (counts.passed + counts.failed === 0) problems.push(`${file}: ran no test`)
  if (counts.skipped !== (allowedSkips[file] ?? 0)) {
    problems.push(`${file}: ${counts.skipped} skipped, ${allowedSkips[file] ?? 0} allowed`)
  }
  if (exit !== 0 && counts.failed === 0) problems.push(`${file}: ended with ${exit}`)
  const good = exit === 0 && counts.failed === 0
  process.stdout.write(`${good ? '✔' : '✘'} ${file} (${counts.passed} passed, ${seconds} s)\n`)
  if (!good) process.stdout.write(`${output}\n`)
}

/** Loaded only here: without the flag, no test needs the packages of a cluster. */
async function startCluster(): Promise<{
  env: Record<string, string>
  stop: () => Promise<void>
}> {
  const { CEPH_ACCESS_VARIABLE, startCeph } = await import('./e2e/helpers/ceph.ts')
  // Without a word, a signal would end this process as if it had no exit, and the cluster would run on.
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1))
  const { access, stop } = await startCeph()
  return { env: { [CEPH_ACCESS_VARIABLE]: JSON.stringify(access) }, stop }
}

/** Where there is a file system in memory with room enough, nothing waits for a disk. */
function inMemory(): Record<string, string> {
  if (e2e || process.env['TMPDIR'] !== undefined) return {}
  try {
    const folder = '/dev/shm'
    const { bavail, bsize } = statfsSync(folder)
    accessSync(folder, constants.W_OK | constants.X_OK)
    return bavail * bsize < 4 * 1024 ** 3 ? {} : { TMPDIR: folder }
  } catch {
    return {}
  }
}

/** What node compiles is kept for the next run, but not where it would make coverage less exact. */
function compiledOnce(): Record<string, string> {
  if (process.env['NODE_V8_COVERAGE'] !== undefined) return {}
  return { NODE_COMPILE_CACHE: path.join(root, 'node_modules/.cache/compiled') }
}

/**
 * dm as it is published starts in half the time, hundreds of times. A part of the suite runs the sources:
 * it is done before they are bundled. So does whoever measures coverage.
 */
async function bundledOnce(): Promise<Record<string, string>> {
  if (filters.length > 0 || process.env['NODE_V8_COVERAGE'] !== undefined) return {}
  const { bundleProgram } = await import('./helpers/bundle-program.ts')
  return { DM_TEST_PROGRAM: await bundleProgram() }
}

function uvu(file: string): Promise<{ output: string; exit: number | string }> {
  return new Promise((resolve) => {
    const script = path.join(root, 'node_modules/uvu/bin.js')
    const child = spawn(
      process.execPath,
      [
        '--conditions=source',
        script,
        // uvu would have dm print in color, too, where it runs in the process of its test.
        '--no-color',
        path.dirname(file),
        `^${path.basename(file).replaceAll('.', '\\.')}$`,
      ],
      { cwd: root, stdio: ['ignore', 'pipe', 'pipe'], env },
    )
    let output = ''
    child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()))
    child.stderr.on('data', (chunk: Buffer) => (output += chunk.toString()))
    child.on('close', (code, signal) => {
      resolve({ output: stripVTControlCharacters(output), exit: code ?? signal ?? 'nothing' })
    })
  })
}

const queue = [...files]
// The files of the e2e run share one cluster: one at a time. Others wait for time-outs, now and then.
const workers = e2e ? 1 : Math.min(4, availableParallelism() + 2)
await Promise.all(
  Array.from({ length: workers }, async () => {
    for (let file = queue.shift(); file !== undefined; file = queue.shift()) await runFile(file)
  }),
)
await cluster?.stop()
for (const file of Object.keys(allowedSkips)) {
  if (filters.length === 0 && !e2e && !files.includes(file))
    problems.push(`allowed-skips.json names ${file}, which is no test file`)
}
if (files.length === 0) problems.push('no test file was found')
if (total.passed + total.failed === 0) problems.push('no test ran')
for (const problem of problems) process.stdout.write(`✘ ${problem}\n`)
const failed = total.failed + problems.length
process.stdout.write(
  `${total.passed} passed, ${failed} failed${total.skipped > 0 ? `, ${total.skipped} skipped` : ''}\n`,
)
process.exitCode = failed === 0 ? 0 : 1
