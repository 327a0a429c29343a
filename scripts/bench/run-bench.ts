import { execFile } from 'node:child_process'
import { readFile, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { promisify } from 'node:util'
import type { Cleanup } from './cleanup.ts'
import { openDatabases } from './databases.ts'
import { installDm } from './install-dm.ts'
import type { Lab } from './lab.ts'
import { describeMachine } from './machine.ts'
import { measure } from './measure.ts'
import type { BenchOptions } from './options.ts'
import { type Peer, peerNames } from './names.ts'
import { findPeers, type Installed } from './peers.ts'
import type { Results, Row } from './results.ts'
import { openService } from './service.ts'
import { doWorks } from './works/index.ts'

const root = path.join(import.meta.dirname, '../..')

/**
 * Measures what was asked for.
 *
 * @param folder a new one, for all that is made
 * @returns all that was seen so far, after each piece of work: it may take hours
 */
export async function* runBench(
  options: BenchOptions,
  folder: string,
  cleanup: Cleanup,
  signal: AbortSignal,
  say: (sentence: string) => void,
): AsyncGenerator<Results> {
  const { lines, runs, slowLine } = options

  const dm = await installDm(root, path.join(folder, 'dm'))
  const before =
    options.before === null ? null : await installDm(options.before, path.join(folder, 'before'))
  const service = await openService(options.store, cleanup)
  const peers = findPeers(service, folder)
  const lab: Lab = {
    folder,
    programs: { dm, before, hasForms: await hasForms(folder, dm, signal) },
    service,
    peers,
    databases: openDatabases(options.databases ?? path.join(folder, 'databases'), signal),
    lines,
    slowLine,
    runs,
    signal,
    say,
  }
  const about = {
    format: 1 as const,
    date: new Date().toISOString().slice(0, 10),
    machine: describeMachine(),
    store: service.name,
    slowLine: { megabitsPerSecond: slowLine.bitsPerSecond / 1e6, delayMs: slowLine.delayMs },
    runs,
    programs: {
      dm: await versionOf(root),
      ...(options.before === null ? {} : { 'dm, before': await versionOf(options.before) }),
      'Node.js': process.versions.node,
      ...namePeers(peers.installed),
    },
  }
  const rows: Row[] = []
  for (const size of options.sizes) {
    for await (const more of doWorks(lab, size, options.works)) {
      rows.push(...more)
      yield { ...about, rows }
    }
  }
}

/** Whether its config knows `compression`: an older one refuses the word. */
async function hasForms(folder: string, dm: string, signal: AbortSignal): Promise<boolean> {
  const env = { PATH: process.env['PATH'] ?? '', HOME: folder }
  const config = path.join(folder, 'forms.json')
  await writeFile(config, JSON.stringify({ compression: false }))
  const args = [dm, 'list', '--config', config]
  await promisify(execFile)('git', ['init', '--quiet', folder])
  try {
    await measure({ program: process.execPath, args, cwd: folder, env }, signal)
    return true
  } catch {
    signal.throwIfAborted()
    return false
  }
}

async function versionOf(project: string): Promise<string> {
  const text = await readFile(path.join(project, 'package.json'), 'utf8')
  const { version } = JSON.parse(text) as { version: string }
  const { stdout } = await promisify(execFile)('git', [
    '-C',
    project,
    'rev-parse',
    '--short=7',
    'HEAD',
  ])
  return `${version}, ${stdout.trim()}`
}

function namePeers(installed: Installed): Record<string, string | null> {
  return Object.fromEntries(
    Object.entries(installed).map(([peer, version]) => [peerNames[peer as Peer], version]),
  )
}
