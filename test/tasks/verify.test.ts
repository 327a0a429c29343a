import { randomUUID } from 'node:crypto'
import { chmod, mkdir, readdir, rm } from 'node:fs/promises'
import path from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { dmHere } from '../helpers/dm-here.ts'
import { createRepository } from '../helpers/git-repository.ts'
import { inFolder } from '../helpers/in-folder.ts'
import { s3Config, s3Environment } from '../helpers/s3-config.ts'
import { startS3Server } from '../helpers/s3-server.ts'
import { withoutPrivileges } from '../helpers/without-privileges.ts'
import { openBucket } from '../helpers/buckets.ts'
import { judgeRights, type RoleBucket } from '../../lib/store/roles.ts'
import { noRights, type Probed, probeStore } from '../../lib/store/probe.ts'
import { verifyReport } from '../../tasks/reports/verify.ts'
import { hashFileAt } from '../helpers/at-path.ts'
import { ageObject } from '../helpers/age-object.ts'
import { startFaultProxy } from '../helpers/fault-proxy.ts'
import { createFolderStore } from '../../lib/store/folder/folder-store.ts'

const test = suite('dm verify')

const owner = 'owner/data'

interface Row {
  readonly bucket: string
  readonly problems: readonly string[]
  readonly [right: string]: unknown
}

async function verify(
  folder: string,
  args: readonly string[] = [],
  env: Readonly<Record<string, string>> = {},
): Promise<{ exit: number; code: string | null; rows: Row[] }> {
  const { exit, code, document } = await dmHere(folder, ['verify', ...args], env)
  return { exit, code, rows: document['buckets'] as Row[] }
}

const yes = { exists: true, list: true, read: true, write: true, delete: true }

test('the embedded store lets its user do everything, and keeps nothing of it', () =>
  inFolder(async (folder) => {
    const repository = await createRepository(folder)
    await repository.commit('Begin', { 'manifest.json': '[]' })
    const store = path.join(folder, '.git/datamanager')
    const planned = await verify(folder, ['--dry-run'])
    assert.equal([planned.exit, planned.rows], [0, []])
    for (const role of ['developer', 'publisher']) {
      const { exit, rows } = await verify(folder, ['--role', role])
      assert.equal([exit, rows.length], [0, 3])
      for (const { bucket, ...row } of rows) {
        const uploads = { abort: null, listUploads: null }
        assert.equal(row, { ...yes, ...uploads, name: bucket, problems: [] })
      }
      const files = await readdir(store, { recursive: true, withFileTypes: true })
      assert.equal(
        files.filter((file) => file.isFile()),
        [],
      )
    }
    const { exit, code } = await dmHere(folder, ['verify', '--role', 'reader'])
    assert.equal([exit, code], [2, 'DM_USAGE'])
    await rm(store, { recursive: true })
  }))

test('an S3 server without unfinished uploads, a bucket that is missing, no key, no server', () =>
  inFolder(async (folder) => {
    const server = await startS3Server(['staging', 'production'])
    const config = s3Config(server.endpoint)
    const repository = await createRepository(folder)
    await repository.commit('Begin', { 'manifest.json': '[]', 'datamanager.config.json': config })
    const env = s3Environment(server.credentials)
    try {
      const { exit, code, rows } = await verify(folder, ['--role', 'publisher'], env)
      assert.equal([exit, code], [1, 'DM_RIGHTS_WRONG'])
      const [staging, production, internal] = rows
      for (const row of [staging, production]) {
        for (const right of Object.keys(yes)) assert.is(row?.[right], true, right)
        assert.equal([row?.['listUploads'], row?.problems], [null, []])
      }
      assert.equal([internal?.['exists'], internal?.['write']], [false, null])
      assert.match(internal?.problems.join() ?? '', "no bucket 'internal'")
      assert.equal(await Array.fromAsync(openBucket(server, 'production').list('')), [])
      const none = await verify(folder)
      assert.is(none.exit, 1)
      for (const row of none.rows) {
        assert.equal([row['exists'], row.problems.length], [null, 1])
        assert.match(row.problems[0] ?? '', 'R2_SECRET_ACCESS_KEY')
      }
    } finally {
      await server.stop()
    }
    const away = await verify(folder, [], env)
    assert.is(away.exit, 1)
    for (const { problems } of away.rows) assert.match(problems.join(), 'cannot be reached')
  }))

test('a folder that cannot be written says so', () =>
  inFolder(async (folder) => {
    await chmod(folder, 0o755)
    const root = path.join(folder, 'store')
    await mkdir(path.join(root, 'staging'), { recursive: true })
    await chmod(path.join(root, 'staging'), 0o555)
    const store = createFolderStore({ bucket: 'staging', root, repository: owner })
    const { rights, failures } = await withoutPrivileges(() => probeStore(store))
    const { exists, list, read, write, delete: remove } = rights
    // Removing what is not there succeeds for everybody.
    assert.equal([exists, list, read, write, remove], [true, true, true, false, null])
    assert.equal(failures, [])
  }))

interface Faults {
  /** What the key may not do: the server denies it. */
  readonly denied?: readonly string[]
  /** What the server fails at. */
  readonly failing?: readonly string[]
}

/** Tries a bucket of a server behind a proxy; the rights, and what lies there afterwards. */
async function probeWith({
  denied = [],
  failing = [],
}: Faults): Promise<Probed & { readonly stock: string[] }> {
  const server = await startS3Server(['production'])
  const proxy = await startFaultProxy(server.endpoint, (operation) => {
    if (denied.includes(operation)) return { kind: 'answer', status: 403, code: 'AccessDenied' }
    if (failing.includes(operation)) return { kind: 'answer', status: 501, code: 'NotImplemented' }
    return null
  })
  try {
    const access = { ...server, endpoint: proxy.endpoint }
    const direct = openBucket(server, 'production')
    const probed = await probeStore(openBucket(access, 'production'))
    const stock = (await Array.fromAsync(direct.list(''))).map(({ key }) => key)
    return { ...probed, stock }
  } finally {
    await proxy.stop()
    await server.stop()
  }
}

test('a key that may write but not remove is told so, and what stays is named', async () => {
  // This server stores what it is to refuse: it does not look at digests.
  const trusting = await probeWith({ denied: ['DeleteObject'] })
  assert.equal([trusting.rights.write, trusting.rights.delete], [true, false])
  assert.is(trusting.left.length, 1)
  assert.equal(trusting.stock, trusting.left)
  const denied = await probeWith({ denied: ['DeleteObject', 'PutObject'] })
  assert.equal([denied.rights.write, denied.stock], [false, []])
})

test('what a run that was killed has left goes a day later, and nothing else', () =>
  inFolder(async (folder) => {
    const store = createFolderStore({ bucket: 'staging', root: folder, repository: owner })
    const { sha256 } = await hashFileAt(import.meta.filename)
    const day = 24 * 60 * 60 * 1000
    const left = `dm-verify-${randomUUID()}.txt`
    const young = `dm-verify-${randomUUID()}.txt`
    const others = ['dm-verify-notes.txt', `x/${left}`]
    for (const key of [left, young, ...others]) {
      await store.put(key, import.meta.filename, { stamp: { sha256 } })
      await ageObject(path.join(folder, 'staging'), key, key === young ? day / 2 : 2 * day)
    }
    const { rights, failures, left: rest } = await probeStore(store)
    assert.equal([rights.delete, failures, rest], [true, [], []])
    const keys = (await Array.fromAsync(store.list(''))).map(({ key }) => key)
    assert.equal(keys.toSorted(), [young, ...others].toSorted())
  }))

test('how long ago that was is told by the server’s clock', async () => {
  const server = await startS3Server(['production'])
  const direct = openBucket(server, 'production')
  let aheadMs = 0
  const proxy = await startFaultProxy(
    server.endpoint,
    () => null,
    () => aheadMs,
  )
  try {
    const { sha256 } = await hashFileAt(import.meta.filename)
    const left = `dm-verify-${randomUUID()}.txt`
    await direct.put(left, import.meta.filename, { stamp: { sha256 } })
    const stay: boolean[] = []
    for (const days of [0, 0.9, 1.1]) {
      aheadMs = days * 24 * 60 * 60 * 1000
      await probeStore(openBucket({ ...server, endpoint: proxy.endpoint }, 'production'))
      stay.push((await direct.head(left)) !== null)
    }
    assert.equal(stay, [true, true, false])
  } finally {
    await proxy.stop()
    await server.stop()
  }
})

test('what fails is no right that is missing', async () => {
  const broken = await probeWith({ failing: ['DeleteObject', 'AbortMultipartUpload'] })
  const { delete: remove, abort } = broken.rights
  assert.equal([remove, abort], [null, null])
  assert.is.not(broken.failures.length, 0)
})

test('whoever may neither list nor write learns nothing of reading from what is not there', async () => {
  const denied = [
    'ListObjectsV2',
    'GET bucket',
    'DeleteObject',
    'PutObject',
    'GetObject',
    'HeadObject',
  ]
  const { rights } = await probeWith({ denied })
  assert.equal([rights.exists, rights.list, rights.read, rights.write], [null, false, null, false])
})

test('what each role needs, and must not have', () => {
  const all = { ...yes, abort: true, listUploads: true }
  const none = {
    ...all,
    list: false,
    read: false,
    write: false,
    delete: false,
    abort: false,
    listUploads: false,
  }
  const bucket = { name: 'real', isStaging: false, isPublic: false, provider: 's3' } as const
  const staging = { ...bucket, isStaging: true }
  const about = (rights: object, role: 'developer' | 'publisher', of: RoleBucket): string =>
    judgeRights({ ...all, ...rights }, role, of).join(' ')
  const reader = { ...none, list: true, read: true }
  assert.is(about({}, 'publisher', bucket), '')
  assert.is(about({}, 'publisher', staging), '')
  assert.is(about({ write: false }, 'publisher', staging), '')
  for (const right of ['list', 'read', 'delete', 'abort', 'listUploads']) {
    assert.match(about({ [right]: false }, 'publisher', staging), 'which a publisher needs')
    assert.match(about({ [right]: false }, 'publisher', bucket), 'which a publisher needs')
  }
  assert.match(about({ write: false }, 'publisher', bucket), 's3:PutObject')
  assert.is(about(reader, 'developer', bucket), '')
  assert.is(about({}, 'developer', staging), '')
  assert.is(about({ delete: false, abort: false }, 'developer', staging), '')
  for (const right of ['list', 'read', 'write', 'listUploads']) {
    assert.match(about({ [right]: false }, 'developer', staging), 'which a developer needs')
  }
  for (const right of ['list', 'read']) {
    assert.match(about({ ...reader, [right]: false }, 'developer', bucket), 'a developer needs')
    const open = { ...bucket, isPublic: true }
    assert.is(about({ ...reader, [right]: false }, 'developer', open), '')
  }
  for (const right of ['write', 'delete']) {
    assert.match(about({ ...reader, [right]: true }, 'developer', bucket), 'a developer must not')
    const local = { ...bucket, provider: 'folder' } as const
    assert.is(about({ ...reader, [right]: true }, 'developer', local), '')
  }
  // What could not be found out is no problem of its own.
  const unknown = { list: null, read: null, write: null, delete: null, abort: null }
  assert.is(about({ ...unknown, listUploads: null }, 'developer', staging), '')
  const r2 = { ...bucket, provider: 'r2' } as const
  assert.match(about({ ...reader, read: false }, 'developer', r2), '"Object Read only" for')
  assert.match(about({ write: false }, 'publisher', r2), '"Object Read & Write"')
  assert.match(about({}, 'developer', r2), 'one of its own with "Object Read & Write" for staging')
  const folder = { ...bucket, provider: 'folder' } as const
  assert.match(about({ write: false }, 'publisher', folder), 'Let this user read and write real')
})

test('one remedy for several buckets is told once', () => {
  const problem = (bucket: string): string => `${bucket} refuses the key. Set a valid key: in .env.`
  const buckets = ['a', 'b'].map((bucket) =>
    Object.assign({ bucket, name: bucket, problems: [problem(bucket)] }, noRights),
  )
  const view = { dryRun: false, outcome: 'failed' as const, now: new Date(), width: 80 }
  const text = verifyReport.text({ role: 'developer', buckets }, view)
  assert.match(text, '\na: a refuses the key. Set a valid key: in .env.\nb: b refuses the key.')
  assert.is(text.split('Set a valid key').length, 2)
})

test.run()
