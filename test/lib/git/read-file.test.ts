import { mkdir, rm, symlink } from 'node:fs/promises'
import path from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { openBlobs, readFile } from '../../../lib/git/read-file.ts'
import { createRepository } from '../../helpers/git-repository.ts'
import { failureOf, inFolder, open } from './sandbox.ts'

const test = suite('readFile')

/** What a reader of blobs says of each, at most four bytes of it. */
async function collected(folder: string, blobs: readonly string[]): Promise<string[]> {
  const reader = openBlobs(await open(folder))
  const seen: string[] = []
  try {
    for (const blob of blobs) {
      const file = await reader.read(blob, 4)
      seen.push(file.state === 'file' ? file.content.toString() : `(${file.state})`)
    }
  } finally {
    reader.close()
  }
  return seen
}

test(
  'gives the committed bytes, not those of the work tree',
  inFolder(async (folder) => {
    const { commit, write, git } = await createRepository(folder)
    await git('config', 'core.autocrlf', 'true')
    const bytes = Buffer.from([0x5b, 0xff, 0, 0x0a])
    const hash = await commit('Begin', { 'a b/ü.json': bytes })
    await write({ 'a b/ü.json': 'changed' })
    assert.equal(await readFile(await open(folder), hash, 'a b/ü.json'), bytes)
  }),
)

test(
  'gives an empty file as no bytes, and null for one that is not there',
  inFolder(async (folder) => {
    const { commit } = await createRepository(folder)
    const hash = await commit('Begin', { empty: '' })
    const repository = await open(folder)
    assert.equal(await readFile(repository, hash, 'empty'), Buffer.alloc(0))
    assert.is(await readFile(repository, hash, 'other'), null)
    assert.is(await readFile(repository, hash, 'empty/other'), null)
  }),
)

test(
  'reads relative to the data repository',
  inFolder(async (folder) => {
    const { commit } = await createRepository(folder)
    const hash = await commit('Begin', { 'manifest.json': 'root', 'sub/manifest.json': 'sub' })
    const repository = await open(path.join(folder, 'sub'))
    assert.is(String(await readFile(repository, hash, 'manifest.json')), 'sub')
  }),
)

test(
  'takes a path with wildcards for a path',
  inFolder(async (folder) => {
    const { commit } = await createRepository(folder)
    const hash = await commit('Begin', { ab: '1', 'x[1]': '2' })
    const repository = await open(folder)
    assert.is(await readFile(repository, hash, 'a*'), null)
    assert.is(String(await readFile(repository, hash, 'x[1]')), '2')
  }),
)

test(
  'refuses a symbolic link and a folder',
  inFolder(async (folder) => {
    const { commit } = await createRepository(folder)
    await symlink('/etc/passwd', path.join(folder, 'manifest.json'))
    await mkdir(path.join(folder, 'folder'))
    const hash = await commit('Begin', { 'folder/file': '' })
    const repository = await open(folder)
    const link = await failureOf(readFile(repository, hash, 'manifest.json'), 'DM_GIT_NOT_A_FILE')
    assert.is(link.exit, 3)
    assert.match(link.message, 'symbolic link')
    const tree = await failureOf(readFile(repository, hash, 'folder'), 'DM_GIT_NOT_A_FILE')
    assert.match(tree.message, 'is a folder, not a file')
  }),
)

test(
  'refuses a file that is larger than allowed',
  inFolder(async (folder) => {
    const { commit } = await createRepository(folder)
    const hash = await commit('Begin', { a: '12345' })
    const repository = await open(folder)
    assert.is(String(await readFile(repository, hash, 'a', { limit: 5 })), '12345')
    const reading = readFile(repository, hash, 'a', { limit: 4 })
    const { context } = await failureOf(reading, 'DM_GIT_FILE_TOO_LARGE')
    assert.is(context.bytes, 5)
  }),
)

test(
  'refuses paths that leave the repository, and revisions that are no hash',
  inFolder(async (folder) => {
    const { commit } = await createRepository(folder)
    const hash = await commit('Begin', { a: '' })
    const repository = await open(folder)
    for (const bad of [
      '../a',
      '/a',
      'a/../b',
      './a',
      '',
      'a//b',
      '.git/config',
      'x/.GIT',
      'a\nb',
    ]) {
      await failureOf(readFile(repository, hash, bad), 'DM_GIT_BAD_PATH')
    }
    for (const bad of ['main', '--help', hash.slice(0, 7), `${hash}\n`, '']) {
      await failureOf(readFile(repository, bad, 'a'), 'DM_GIT_BAD_COMMIT')
    }
  }),
)

test(
  'reads one blob after the other, and tells what it does not read apart',
  inFolder(async (folder) => {
    const { commit, git } = await createRepository(folder)
    const large = await commit('Large', { a: '12345'.repeat(50_000), b: 'one\n', c: '\n\n1' })
    await git('rm', '--quiet', 'a')
    await commit('Folder', { 'a/b': '', d: 'xyz' })
    // As in a clone that lacks objects: the tree names it, the content is gone.
    const lost = await git('rev-parse', 'HEAD:d')
    await rm(path.join(folder, '.git/objects', lost.slice(0, 2), lost.slice(2)))
    const names = [
      `${large}:a`,
      `${large}:b`,
      'HEAD:a',
      lost,
      'HEAD:none',
      `${large}:c`,
      'HEAD:a/b',
    ]
    const hash = await git('rev-parse', `${large}:b`)
    const told = [
      '(too-large)',
      'one\n',
      '(other)',
      '(unreadable)',
      '(unreadable)',
      '\n\n1',
      '',
      'one\n',
    ]
    assert.equal(await collected(folder, [...names, hash]), told)
  }),
)

test.run()
