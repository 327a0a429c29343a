import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'

const test = suite('docs/migrating.md')
const root = path.join(import.meta.dirname, '../..')

/** What the page says goes better → the tests that show it: their file below `test/`, and their name. */
const shownBy: Readonly<Record<string, readonly (readonly [file: string, name: string])[]>> = {
  'Shared bytes stay': [
    [
      'tasks/whole-life.ts',
      'whatever becomes of two datasets, the invariants hold after every step',
    ],
    [
      'tasks/publish-attacked.test.ts',
      'an object that a rollback shares survives its deletion, a revert, and the revert of the revert',
    ],
    [
      'lib/publication/sweep.test.ts',
      'of what is listed goes what is due, not named again, proposed by no branch and our own',
    ],
  ],
  'A publication that fails is run again': [
    [
      'tasks/publish.test.ts',
      'a protected base fails with the remedy, keeps the bytes in both places, and can be run again',
    ],
  ],
  'A deletion gives up first, and removes later': [
    [
      'tasks/publish-loss.test.ts',
      'what is marked goes from the manifest first, and its bytes only once that is on the base',
    ],
  ],
  'One run publishes all': [
    [
      'tasks/publish.test.ts',
      'everything that is pending goes out in one commit, and a second run has nothing to do',
    ],
    ['tasks/publish-refused.test.ts', 'each code, of the very entry, and the rest goes on'],
  ],
  'What goes live was reviewed': [
    [
      'tasks/publish-hostile.test.ts',
      'bytes that are not the reviewed ones are not published, and the rest goes on',
    ],
  ],
  'Large copies work': [
    [
      'lib/store/s3/guards.test.ts',
      'more than a provider copies in one request, 5 GiB, is copied by ranges, each below that',
    ],
  ],
  '`latestVersion` is right': [
    [
      'lib/manifest/finalize-entry.test.ts',
      'latestVersion names the highest published version, also where it was stale',
    ],
    [
      'tasks/old-repository.test.ts',
      'what waits without its bytes is told and taken back, the rest is published, all else stays as it is',
    ],
  ],
  'A version has its own commit and description': [
    [
      'tasks/publish.test.ts',
      'each entry gets the commit that brought it, and without a message its subject',
    ],
    [
      'tasks/merging.test.ts',
      'however proposals are merged, they are published with the commit that brought them',
    ],
  ],
  'The latest version is a published one': [
    [
      'lib/pull/wanted.test.ts',
      'the latest is the highest version that is neither pending nor marked',
    ],
  ],
  'A pull that fails leaves the old file': [
    ['tasks/pull.test.ts', 'bytes that are not those of the manifest never reach the destination'],
    ['cli/bad-input.test.ts', 'a destination that cannot be used keeps the old file, and says why'],
    [
      'tasks/whole-life.ts',
      'whatever becomes of two datasets, the invariants hold after every step',
    ],
  ],
  '`prepare` sends what is new': [
    [
      'e2e/prepare-forms.e2e.ts',
      'a change of a row is a delta of a few pages, whether the version before is here or not',
    ],
    ['tasks/requests.test.ts', 'a new version costs few of them: each look has a reason'],
    ['e2e/memory.e2e.ts', 'prepare, publish and pull of 1 GiB stay under 250 MB each'],
  ],
  'Half a database is refused': [
    ['cli/bad-input.test.ts', 'what is no whole database is refused before anything is uploaded'],
    ['cli/bad-input.test.ts', 'the remedy for a write-ahead log works as it is printed'],
  ],
  'A merge commands nothing': [
    [
      'tasks/publish-hostile.test.ts',
      'what a hostile merge names is refused: a foreign key, a foreign staging key, edited history',
    ],
    [
      'tasks/publish-attacked.test.ts',
      'published entries that are edited or made up are told, and stop neither deletions nor others',
    ],
  ],
  '`verify` finds what is missing and what is too much': [
    ['tasks/verify.test.ts', 'what each role needs, and must not have'],
    [
      'e2e/verify.e2e.ts',
      'four keys: right, too little, too much, none; and nothing is left behind',
    ],
  ],
  'Two proposals of one number need no merging by hand': [
    [
      'tasks/rebase.test.ts',
      'a proposal gets the next number of the base, where it may undo what came meanwhile',
    ],
    [
      'tasks/rebase.test.ts',
      'two new datasets that conflict at the end of the manifest need no more than that',
    ],
  ],
  'A name is only a name': [
    [
      'cli/bad-input.test.ts',
      'bad names, unknown buckets, datasets and versions are usage errors with a suggestion',
    ],
    [
      'lib/store/conformance/reading.ts',
      'keys that are not safe relative paths are refused by every method',
    ],
  ],
}

test('each thing that it says goes better is shown by tests that there are', async () => {
  const text = await readFile(path.join(root, 'docs/migrating.md'), 'utf8')
  const [, section = ''] = text.split('\n## What goes better\n')
  const said = Array.from(section.matchAll(/^- \*\*(.+?)\.\*\*/gm), ([, sentence = '']) => sentence)
  assert.equal(said, Object.keys(shownBy))
  for (const [sentence, tests] of Object.entries(shownBy)) {
    assert.ok(tests.length > 0, sentence)
    for (const [file, name] of tests) {
      const source = await readFile(path.join(root, 'test', file), 'utf8')
      const isThere = ["'", '`'].some((quote) => source.includes(`${quote}${name}${quote},`))
      assert.ok(isThere, `${sentence}: ${file} has no test '${name}'`)
    }
  }
})

test.run()
