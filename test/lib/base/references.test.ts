import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { readBase } from '../../../lib/base/base.ts'
import { type Proposed, readProposed } from '../../../lib/base/references.ts'
import type { Repository } from '../../../lib/git/repository.ts'
import type { Dataset, VersionEntry } from '../../../lib/manifest/types.ts'
import { dataset, published, rollback, sha, upload } from '../manifest/samples.ts'
import { atHome, type Home, type Step } from './scene.ts'

const test = suite('lib/base/references')

const path = 'manifest.json'
const model = (...history: VersionEntry[]): Dataset[] => [dataset(history)]
const key = (number: number): string => `model/v${number}-${sha(number)}.sqlite`
const staged = (number: number): { bucket: string; key: string } => {
  return { bucket: 'staging', key: `staging-uploads/${sha(number)}.sqlite` }
}
const object = (number: number): { bucket: string; key: string } => {
  return { bucket: 'production', key: key(number) }
}

async function read(repository: Repository): Promise<Proposed> {
  const { commit, manifest } = await readBase(repository, path)
  const base = { commit: commit ?? '', manifest }
  return readProposed(repository, base, { path, staging: 'staging' })
}

/** Who refers to it; those from outside in brackets. */
function by(proposed: Proposed, what: { bucket: string; key: string }): string {
  return proposed
    .find(what)
    .map(({ by: name, isOutside }) => (isOutside ? `(${name})` : name))
    .join(', ')
}

/** A home and a clone of it, which asks it. */
const atClone = (
  steps: readonly Step[],
  body: (proposed: Proposed, home: Home, repository: Repository) => Promise<void> | void,
): (() => Promise<void>) =>
  atHome(async (home) => {
    await home.commit(...steps)
    const repository = await home.clone()
    await body(await read(repository), home, repository)
  })

const from = 'refs/heads/main'
const begin: Step = { from: null, manifest: model(published(1)) }

test(
  'a branch refers to the bytes of what it adds, staged and to come, and to nothing else',
  atClone(
    [
      begin,
      { branch: 'data/model-v2', from, manifest: model(upload(2), published(1)) },
      { branch: 'data/back', from, manifest: model(rollback(3, published(7)), published(1)) },
      { branch: 'code', from, files: { code: '1' } },
      { branch: 'on', from: 'refs/heads/data/back', manifest: model(upload(4), published(1)) },
      { manifest: model(upload(5), published(1)) },
      { branch: 'later', from, manifest: model(upload(6), upload(5), published(1)) },
    ],
    (proposed) => {
      assert.is(by(proposed, staged(2)), "the branch 'data/model-v2'")
      assert.is(by(proposed, object(2)), "the branch 'data/model-v2'")
      assert.is(by(proposed, object(7)), "the branch 'data/back'")
      assert.is(by(proposed, staged(4)), "the branch 'on'")
      // What waits on the base is the base's.
      assert.is(by(proposed, staged(6)), "the branch 'later'")
      assert.is(by(proposed, staged(5)), '')
      assert.is(by(proposed, object(1)), '')
      assert.is(by(proposed, staged(1)), '')
      assert.is(by(proposed, { ...object(2), bucket: 'internal' }), '')
      assert.is(by(proposed, { ...staged(2), bucket: 'production' }), '')
      assert.equal(proposed.unreadable, [])
    },
  ),
)

test(
  'a branch refers to what it changes, by whatever makes an object another one',
  atClone(
    [
      { from: null, manifest: model(published(3), upload(2), published(1)) },
      {
        branch: 'moved',
        from,
        manifest: [dataset([published(3), upload(2), published(1)], { bucket: 'internal' })],
      },
      {
        branch: 'staged',
        from,
        manifest: model(
          published(3),
          upload(2, { staging_key: `staging-uploads/0a1b2c3d/${sha(2)}.sqlite` }),
          published(1),
        ),
      },
      {
        branch: 'keyed',
        from,
        manifest: model(
          published(3),
          upload(2, { r2_object_key: `x/v2-${sha(2)}.sqlite` }),
          published(1),
        ),
      },
      {
        branch: 'words',
        from,
        manifest: model(published(3), upload(2, { description: 'Better' }), published(1)),
      },
      {
        branch: 'reverted',
        from,
        manifest: model(upload(3), upload(2), published(1)),
      },
    ],
    (proposed) => {
      const scoped = { bucket: 'staging', key: `staging-uploads/0a1b2c3d/${sha(2)}.sqlite` }
      assert.is(by(proposed, { bucket: 'internal', key: key(2) }), "the branch 'moved'")
      assert.is(by(proposed, scoped), "the branch 'staged'")
      assert.is(
        by(proposed, { bucket: 'production', key: `x/v2-${sha(2)}.sqlite` }),
        "the branch 'keyed'",
      )
      // Published with these very bytes: the base names them itself.
      assert.is(by(proposed, staged(3)), '')
      assert.equal(proposed.unreadable, [])
    },
  ),
)

test(
  'what was merged, or published from a squash, refers to nothing any more',
  atClone(
    [
      begin,
      { branch: 'merged', from, manifest: model(upload(2), published(1)) },
      { branch: 'squashed', from, manifest: model(upload(3), published(1)) },
      { branch: 'other-hash', from, manifest: model(upload(3, { sha256: sha(8) }), published(1)) },
      { merge: 'refs/heads/merged', manifest: model(upload(2), published(1)) },
      { manifest: model(published(3), published(2), published(1)), message: 'squash, publish' },
    ],
    async (proposed, home, repository) => {
      assert.is(by(proposed, staged(2)), '')
      // What it would publish is not what has been published under the number.
      assert.is(by(proposed, staged(3)), "the branch 'other-hash'")
      await home.home.git('branch', '-D', 'other-hash')
      const again = await read(repository)
      assert.is(by(again, staged(3)), '')
      assert.is(by(again, object(3)), '')
    },
  ),
)

test(
  'a pull request from outside is told as such, after the branches',
  atClone(
    [
      begin,
      { branch: 'refs/pull/12/head', from, manifest: model(upload(2), published(1)) },
      { branch: 'data/x', from, manifest: model(upload(3), upload(2), published(1)) },
      { branch: 'refs/pull/13/head', from, manifest: model(upload(4), published(1)) },
      { branch: 'own', from, manifest: model(upload(5), published(1)) },
    ],
    async (proposed, home, repository) => {
      assert.is(by(proposed, staged(2)), "the branch 'data/x', (pull request 12)")
      assert.is(by(proposed, staged(4)), '(pull request 13)')
      // The head of a pull request from a branch of its own is that branch.
      await home.home.git('update-ref', 'refs/pull/14/head', 'own')
      assert.is(by(await read(repository), staged(5)), "the branch 'own'")
    },
  ),
)

test(
  'what cannot be read may mean anything',
  atClone(
    [
      { from: null, files: { 'old.json': JSON.stringify(model(published(1))) } },
      { branch: 'older', from, files: { 'old.json': '[]' } },
      { branch: 'refs/pull/1/head', from, files: { code: '1' } },
      { manifest: 'broken' },
      { branch: 'was-broken', from, manifest: model(published(1)) },
      { branch: 'refs/pull/2/head', from: null, manifest: model(upload(5)) },
      { manifest: model(published(1)), files: { 'old.json': null } },
      { branch: 'no-json', from, manifest: '<<<<<<< HEAD' },
      { branch: 'in-part', from, manifest: '[{"fileName":"x.sqlite"}]' },
      { branch: 'gone', from, manifest: null },
      { branch: 'folder', from, manifest: null, files: { 'manifest.json/x': '1' } },
      { branch: 'huge', from, manifest: `[]${' '.repeat(1_100_000)}` },
      { branch: 'large', from, manifest: `[]${' '.repeat(1_000_000)}` },
      { branch: 'fine', from, manifest: '[]' },
      { branch: 'gh-pages', from: null, files: { index: '1' } },
    ],
    (proposed) => {
      const names = ['folder', 'gone', 'huge', 'in-part', 'no-json', 'older', 'was-broken']
      const told = [...names.map((name) => `the branch '${name}'`), 'pull request 1']
      assert.equal(new Set(proposed.unreadable.map((one) => one.by)), new Set(told))
      const found = proposed.find({ bucket: 'any', key: 'x' })
      assert.equal(new Set(found.map((one) => one.by)), new Set(told))
      const outside = proposed.find(staged(5)).map(({ isOutside }) => isOutside)
      assert.equal(outside, [...names.map(() => false), true, true])
      // What anybody can write comes last.
      assert.is(
        found.findIndex(({ isOutside }) => isOutside),
        names.length,
      )
    },
  ),
)

test(
  'how large a manifest may be depends on that of the base',
  atClone(
    [
      { from: null, manifest: model(published(1, { description: 'x'.repeat(300_000) })) },
      { branch: 'large', from, manifest: `[]${' '.repeat(2_200_000)}` },
      { branch: 'huge', from, manifest: `[]${' '.repeat(2_300_000)}` },
    ],
    (proposed) => {
      assert.equal(
        proposed.unreadable.map((one) => one.by),
        ["the branch 'huge'"],
      )
    },
  ),
)

test(
  'without a remote the branches here are asked, and one without a common history adds all',
  atHome(async ({ commit, open }) => {
    await commit(
      begin,
      { branch: 'local', from, manifest: model(upload(2), published(1)) },
      { branch: 'alone', from: null, manifest: model(upload(3)) },
    )
    const proposed = await read(await open())
    assert.is(by(proposed, staged(2)), "the branch 'local'")
    assert.is(by(proposed, staged(3)), "the branch 'alone'")
  }),
)

test.run()
