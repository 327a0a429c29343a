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
