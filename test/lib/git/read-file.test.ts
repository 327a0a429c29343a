import { mkdir, rm, symlink } from 'node:fs/promises'
import path from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { type FileAt, readFileAt } from '../../../lib/git/read-file-at.ts'
import { readFile } from '../../../lib/git/read-file.ts'
import { createRepository } from '../../helpers/git-repository.ts'
import { failureOf, inFolder, open } from './sandbox.ts'

const test = suite('readFile')

async function collected(files: AsyncIterable<FileAt>): Promise<string[]> {
  const seen: string[] = []
  for await (const file of files) {
    seen.push(file.state === 'file' ? file.content.toString() : `(${file.state})`)
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
    assert.equal(await collected(readFileAt(repository, [hash], 'manifest.json')), ['sub'])
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
  'reads one file in many commits, in their order',
  inFolder(async (folder) => {
    const { commit } = await createRepository(folder)
    const commits = [
      await commit('none', { other: '' }),
      await commit('one', { a: 'one\n\nblob 3\n' }),
      await commit('two', { a: 'two' }),
      await commit('same', { other: 'x' }),
      await commit('empty', { a: '' }),
    ]
    const files = await collected(readFileAt(await open(folder), commits.toReversed(), 'a'))
    assert.equal(files, ['', 'two', 'two', 'one\n\nblob 3\n', '(absent)'])
  }),
)

test(
  'tells what it does not read in many commits apart, without failing',
  inFolder(async (folder) => {
    const { commit, git } = await createRepository(folder)
    const large = await commit('large', { a: '12345' })
    await git('rm', '--quiet', 'a')
    const tree = await commit('folder', { 'a/b': '' })
    const unknown = '0123456789'.repeat(4)
    await git('rm', '--quiet', '-r', 'a')
    const without = await commit('lost', { a: 'xyz', other: '1' })
    // As in a clone that lacks objects: the tree names it, the content is gone.
    const blob = await git('rev-parse', `${without}:a`)
    await rm(path.join(folder, '.git/objects', blob.slice(0, 2), blob.slice(2)))
    const commits = [large, tree, unknown, without]
    const files = readFileAt(await open(folder), commits, 'a', { limit: 4 })
    const expected = ['(too-large)', '(other)', '(unreadable)', '(unreadable)']
    assert.equal(await collected(files), expected)
  }),
)

test(
  'holds only a part of many large files at a time, and gives all of them',
  inFolder(async (folder) => {
    const { commit } = await createRepository(folder)
    const commits: string[] = []
    for (const letter of 'abcd') {
      commits.push(await commit(letter, { a: Buffer.alloc(7 * 1024 * 1024, letter) }))
    }
    const letters: string[] = []
    for await (const file of readFileAt(await open(folder), commits, 'a')) {
      if (file.state !== 'file') throw new Error(file.state)
      letters.push(`${file.content.length}${file.content.toString('latin1', 0, 1)}`)
    }
    assert.equal(letters, ['7340032a', '7340032b', '7340032c', '7340032d'])
  }),
)

test.run()
