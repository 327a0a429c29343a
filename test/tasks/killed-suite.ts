import type { Test } from 'uvu'
import * as assert from 'uvu/assert'
import type { S3Access } from '../helpers/buckets.ts'
import { inFolder } from '../helpers/in-folder.ts'
import { killAtEveryRequest, type Outcome } from './kill-at-every-request.ts'
import { prepareJob, publishJob } from './killed-jobs.ts'

/**
 * Registers what holds of killed runs, whatever the S3 server.
 *
 * @param step at every how manieth request a run is killed: 1 for all
 */
export function registerKilled(
  test: Test,
  step: number,
  withServer: (body: (access: S3Access) => Promise<void>) => Promise<void>,
): void {
  test('prepare ends the same wherever it was killed', () =>
    withServer((access) =>
      inFolder(async (folder) => {
        const { requests, outcome } = await killAtEveryRequest(
          await prepareJob(folder, access),
          step,
        )
        assert.ok(requests > 10, `only ${requests} requests`)
        assert.equal(keysOf(outcome), ['staging staging-uploads'])
      }),
    ))

  test('publish ends the same wherever it was killed', () =>
    withServer((access) =>
      inFolder(async (folder) => {
        const { requests, outcome } = await killAtEveryRequest(
          await publishJob(folder, access),
          step,
        )
        assert.ok(requests > 20, `only ${requests} requests`)
        // What was given up long ago is gone, what is given up now and what is staged still there.
        assert.equal(keysOf(outcome), [
          'production brand-new/v1',
          'production model/v1',
          'production model/v2',
          'production model/v3',
          'production other/v1',
          'production other/v2',
          ...Array<string>(7).fill('staging staging-uploads'),
        ])
      }),
    ))
}

/** Bucket and key, up to where a hash begins. */
function keysOf({ objects }: Outcome): string[] {
  return objects.map((line) => line.replace(/(?:\/[0-9a-f]{8})?[/-][0-9a-f]{64}\..*$/, ''))
}
