import type { ChildProcess } from 'node:child_process'
import { watch } from 'node:fs'
import { rm, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { dm } from '../helpers/dm.ts'
import { dmFailure, dmJson, runHere } from '../helpers/dm-here.ts'
import { onRepository } from '../tasks/publish-scene.ts'

const test = suite('how a run that did not succeed is told')

test(
  'publish does not say that nothing is pending after a refused push or a signal',
  onRepository(async ({ work, remote, propose }) => {
    await propose('model', 10)
    const hook = path.join(remote.folder, 'hooks/pre-receive')
    await writeFile(hook, '#!/bin/sh\nexit 1\n', { mode: 0o755 })
    const refused = await runHere(work.folder, ['publish'])
    assert.is(refused.exit, 1)
    assert.match(refused.stderr, 'DM_PUSH_REFUSED')
    await rm(hook)
    const stopped = await dm(work.folder, ['publish'], {
      onStart: (child) =>
        child.stderr?.on('data', (text: Buffer) => {
          if (text.includes('Open the data repository')) child.kill('SIGINT')
        }),
    })
    assert.is(stopped.exit, 130)
    for (const { stdout, stderr } of [refused, stopped]) {
      assert.not.match(stdout + stderr, 'Nothing is pending')
    }
    await dmJson(work.folder, ['publish'])
    assert.match((await runHere(work.folder, ['publish'])).stdout, 'Nothing is pending')
  }),
)

test(
  'Ctrl+C ends it in about a second, also within a call of SQLite that takes long',
  onRepository(async ({ work }) => {
    const folder = path.join(work.folder, '..')
    const busy = path.join(folder, 'busy.mjs')
    const begun = path.join(folder, 'begun')
    await writeFile(
      busy,
      `import { DatabaseSync } from 'node:sqlite'
      import { writeFileSync } from 'node:fs'
      const long = 'WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT max(i) FROM n'
      const query = new DatabaseSync(':memory:').prepare(long)
      writeFileSync(${JSON.stringify(begun)}, '')
      query.get()`,
    )
    const lib = path.join(import.meta.dirname, '../../lib')
    await writeFile(
      path.join(work.folder, 'datamanager.config.mjs'),
      `import { defineStep } from '${lib}/graph/step.ts'
      import { runInWorker } from '${lib}/diff/run-in-worker.ts'
      const step = defineStep({
        id: 'busy', title: 'Busy', needs: [], provides: [],
        run: (_, { signal }) => runInWorker(new URL('file://${busy}'), null, { signal }),
      })
      export default { pipelines: { list: (g) => g.before('list-datasets', step) } }`,
    )
    let stoppedAt = 0
    const stop = (child: ChildProcess): void => {
      stoppedAt = performance.now()
      child.kill('SIGINT')
    }
    const { exit, json } = await dm(work.folder, ['list', '--json'], {
      fromSources: true,
      onStart: (child) => {
        const watcher = watch(folder, (_, name) => {
          if (name !== 'begun') return
          watcher.close()
          stop(child)
        })
        // What would never end must not keep the tests.
        setTimeout(() => child.kill('SIGKILL'), 20_000).unref()
      },
    })
    const took = performance.now() - stoppedAt
    // A shell tells it as 130.
    assert.is(exit, 'SIGINT')
    assert.is((json()['error'] as { code: string }).code, 'DM_INTERRUPTED')
    assert.ok(took < 3000, `${took} ms`)
  }),
)

test(
  'publish says with -q, too, what was not published',
  onRepository(async ({ work, propose }) => {
    await propose('model', 10)
    await rm(path.join(work.folder, '.git/datamanager/store'), { recursive: true })
    const { exit, stderr } = await runHere(work.folder, ['publish', '-q'])
    assert.is(exit, 3)
    assert.match(stderr, /Failed model\.sqlite v1: .*staging.*\n.*DM_PUBLISH_INCOMPLETE/s)
  }),
)

test(
  'a dry run says what would be, and claims nothing',
  onRepository(async ({ work, remote, folder, propose }) => {
    await propose('other', 10)
    const prepare = ['prepare', 'model.sqlite', path.join(folder, 'other-10.sqlite'), '--dry-run']
    const fields = await dmJson(work.folder, prepare)
    assert.equal([fields['pushed'], fields['wouldPush'], fields['dryRun']], [false, true, true])
    const { stdout, stderr } = await runHere(work.folder, prepare)
    assert.match(stderr, '✔ Would upload to staging\n')
    assert.not.match(stderr, '✔ Upload')
    assert.match(stdout, 'would be pushed')
    assert.is(await remote.git('for-each-ref', 'refs/heads/data/model-v1'), '')
  }),
)

test(
  'what was nearly right gets what was meant',
  onRepository(async ({ work, folder, propose }) => {
    await propose('model', 10)
    const failed = async (code: string, ...args: string[]): Promise<string> => {
      const { message, hint } = await dmFailure(work.folder, args, { exit: 2, code })
      return `${message} ${hint}`
    }
    assert.match(
      await failed('DM_UNKNOWN_DATASET', 'pull', 'model'),
      "Did you mean 'model.sqlite'?",
    )
    const file = path.join(folder, 'model-10.sqlite')
    const swapped = await failed('DM_USAGE', 'prepare', file, 'my model.sqlite')
    assert.match(swapped, `Run: dm prepare 'my model.sqlite' ${file}`)
    assert.match(await failed('DM_FILE_MISSING', 'prepare', 'a.sqlite', 'b.sqlite'), 'b.sqlite')
    const none = path.join(folder, 'none')
    assert.match(await failed('DM_USAGE', '-C', none, 'list'), `no folder '${none}'`)
  }),
)

test.run()
