import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { mkdir, writeFile } from 'node:fs/promises'
import { connect } from 'node:net'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import { temporaryFolder } from '../../helpers/temporary-folder.ts'
import { cephConfig, GATEWAY_PORT, type Keeping, MONITOR_PORT } from './ceph-config.ts'
import { createBuckets } from './ceph-buckets.ts'

const run = promisify(execFile)

/** The programs that a cluster needs; Debian's packages are named in `verifyInstalled`. */
const PROGRAMS = [
  'ceph',
  'ceph-mon',
  'ceph-mgr',
  'ceph-osd',
  'monmaptool',
  'radosgw',
  'radosgw-admin',
]

/** An access key and its secret. */
export interface CephKey {
  readonly accessKeyId: string
  readonly secretAccessKey: string
}

/** How to reach a running cluster. Plain data: it can be handed to another process. */
export interface CephAccess {
  readonly endpoint: string
  readonly region: string
  /** Owns the buckets `staging`, `production` and `internal`. */
  readonly publisher: CephKey
  /** May read and write `staging`, and only read the other two. */
  readonly developer: CephKey
}

export interface Ceph {
  readonly access: CephAccess
  /** What was removed takes memory until the gateway collects it, hours later: now. */
  readonly collectGarbage: () => Promise<void>
  readonly stop: () => Promise<void>
}

const ACCESS: CephAccess = {
  endpoint: `http://127.0.0.1:${GATEWAY_PORT}`,
  region: 'us-east-1',
  publisher: { accessKeyId: 'PUBKEY', secretAccessKey: 'PUBSECRET' },
  developer: { accessKeyId: 'DEVKEY', secretAccessKey: 'DEVSECRET' },
}

/** Name of the environment variable in which a runner hands a cluster's access to its tests. */
export const CEPH_ACCESS_VARIABLE = 'DM_TEST_CEPH'

/** Access to the cluster that the runner has started (it sets `DM_TEST_CEPH`). */
export function ceph(): CephAccess {
  const given = process.env[CEPH_ACCESS_VARIABLE]
  if (given === undefined)
    throw new Error('run this file with: npm run test:e2e -- PART_OF_ITS_PATH')
  return JSON.parse(given) as CephAccess
}

/**
 * Starts a Ceph cluster of one host with an S3 gateway on 127.0.0.1:7480, with users,
 * buckets and policies. Takes about 20 s and needs root. It ends with this process, also without
 * `stop`; a signal that nobody handles would not let it.
 *
 * @throws where packages are missing, the ports are taken, or a daemon does not come up
 */
export async function startCeph(keeping: Keeping = 'memory'): Promise<Ceph> {
  await verifyInstalled()
  await waitForFreePorts()
  const { folder, remove } = await temporaryFolder()
  const daemons: ChildProcess[] = []
  // Should this process end without `stop`: nothing may be left running.
  const killAll = (): void => daemons.forEach((daemon) => daemon.kill('SIGTERM'))
  process.once('exit', killAll)
  const stop = async (): Promise<void> => {
    process.off('exit', killAll)
    await Promise.all(daemons.map(stopDaemon))
    await remove()
  }
  try {
    await bringUp(folder, keeping, (program, args) => {
      const daemon = spawn(program, args, { stdio: 'ignore' })
      daemon.unref()
      daemons.push(daemon)
      return daemon
    })
    const collect = ['-c', path.join(folder, 'ceph.conf'), 'gc', 'process', '--include-all']
    const collectGarbage = async (): Promise<void> => void (await run('radosgw-admin', collect))
    return { access: ACCESS, collectGarbage, stop }
  } catch (error) {
    await stop()
    throw error
  }
}

/** Starts a daemon in the foreground, so that it stays our child. */
type StartDaemon = (program: string, args: readonly string[]) => ChildProcess

async function bringUp(folder: string, keeping: Keeping, start: StartDaemon): Promise<void> {
  const fsid = randomUUID()
  const file = path.join(folder, 'ceph.conf')
  const map = path.join(folder, 'monmap')
  const config = ['-c', file]
  for (const name of ['mon', 'mgr', 'osd', 'rgw']) await mkdir(path.join(folder, name))
  await writeFile(file, cephConfig(folder, fsid, keeping))

  const monitor = `127.0.0.1:${MONITOR_PORT}`
  await run('monmaptool', ['--create', '--add', 'a', monitor, '--fsid', fsid, map])
  await run('ceph-mon', [...config, '-i', 'a', '--mkfs', '--monmap', map])
  start('ceph-mon', [...config, '-i', 'a', '-f'])
  await waitFor('the monitor', () => isListening(MONITOR_PORT))
  start('ceph-mgr', [...config, '-i', 'x', '-f'])
  await startStorage(config, start)
  start('radosgw', [...config, '-n', 'client.rgw.x', '-f'])
  await waitFor('the gateway', () => isListening(GATEWAY_PORT))

  for (const user of ['publisher', 'developer'] as const) {
    const { accessKeyId, secretAccessKey } = ACCESS[user]
    const keys = [`--access-key=${accessKeyId}`, `--secret-key=${secretAccessKey}`]
    const names = [`--uid=${user}`, `--display-name=${user}`]
    await untilSucceeds('radosgw-admin', [...config, 'user', 'create', ...names, ...keys])
  }
  await createBuckets(ACCESS)
}

/** Starts the storage daemon; on a busy machine its first contact with the monitor can fail. */
async function startStorage(config: readonly string[], start: StartDaemon): Promise<void> {
  const osd = randomUUID()
  await untilSucceeds('ceph', [...config, '--connect-timeout', '30', 'osd', 'new', osd])
  await run('ceph-osd', [...config, '-i', '0', '--mkfs', '--osd-uuid', osd])
  let daemon = start('ceph-osd', [...config, '-i', '0', '-f'])
  await waitFor('the storage daemon', async () => {
    if (daemon.exitCode !== null) daemon = start('ceph-osd', [...config, '-i', '0', '-f'])
    // A monitor that is busy refuses for a moment.
    const stat = run('ceph', [...config, 'osd', 'stat', '--format', 'json'])
    const { stdout } = await stat.catch(() => ({ stdout: '{}' }))
    return (JSON.parse(stdout) as { num_up_osds?: number }).num_up_osds === 1
  })
}

/** A daemon that listens already may still refuse for a moment. */
async function untilSucceeds(program: string, args: readonly string[]): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      await run(program, args)
      return
    } catch (error) {
      if (attempt === 30) throw error
      await sleep(500)
    }
  }
}

async function verifyInstalled(): Promise<void> {
  const missing: string[] = []
  for (const program of PROGRAMS) {
    await run('which', [program]).catch(() => missing.push(program))
  }
  if (missing.length === 0) return
  throw new Error(
    `Ceph is needed, but these programs are missing: ${missing.join(', ')}. Install them with: ` +
      'apt-get install -y --no-install-recommends ceph-mon ceph-osd ceph-mgr radosgw ceph-common',
  )
}

/** A cluster that has just been told to stop keeps its ports for a moment. */
async function waitForFreePorts(): Promise<void> {
  for (const port of [MONITOR_PORT, GATEWAY_PORT]) {
    const problem = `port ${port} of 127.0.0.1 to be free: another cluster is running; stop it first`
    await waitFor(problem, async () => !(await isListening(port)), 10)
  }
}

async function waitFor(what: string, isThere: () => Promise<boolean>, seconds = 90): Promise<void> {
  const end = Date.now() + seconds * 1000
  while (Date.now() < end) {
    if (await isThere()) return
    await sleep(100)
  }
  throw new Error(`waited ${seconds} s for ${what}`)
}

function isListening(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1')
    socket.once('connect', () => {
      socket.destroy()
      resolve(true)
    })
    socket.once('error', () => resolve(false))
  })
}

async function stopDaemon(daemon: ChildProcess): Promise<void> {
  if (daemon.exitCode !== null || daemon.signalCode !== null) return
  const ended = once(daemon, 'exit')
  // On a busy machine it takes its time: without this, node would end first.
  daemon.ref()
  daemon.kill('SIGTERM')
  const isDead = await Promise.race([ended.then(() => true), sleep(10_000, false)])
  if (isDead) return
  daemon.kill('SIGKILL')
  await ended
}
