import { stageDiff as stage } from '../../lib/change/stage-diff.ts'
import { isDmError } from '../../lib/errors/dm-error.ts'
import { defineStep } from '../../lib/graph/step.ts'

/** What may stand neither in git nor in a pull request waits beside the bytes. */
export const stageDiff = defineStep({
  id: 'stage-diff',
  title: 'Keep the diff of a private dataset beside its bytes',
  needs: ['project', 'stores', 'target', 'entry', 'privateDiff'],
  provides: ['stagedDiff'],
  mutates: true,
  skip: ({ privateDiff }) =>
    privateDiff === null ? { reason: 'there is none', facts: { stagedDiff: null } } : undefined,
  plan: () => ({ stagedDiff: null }),
  async run({ project, stores, target, entry, privateDiff }, { signal, notice }) {
    const { bucket, dataset, version } = target
    const { staging_key: key, sha256 } = entry
    const only = `'${bucket}' is private: how ${dataset} ${version} differs is shown here only`
    if (key === undefined) {
      // The object that a rollback names has the diff of its own version beside it.
      notice(`${only}.`)
      return { stagedDiff: null }
    }
    const { retentionMs } = project.config
    const place = { key, bucket, retentionMs }
    const text = Buffer.from(privateDiff ?? '')
    try {
      const stagedDiff = await stage(stores.staging, text, place, sha256, signal)
      notice(
        stagedDiff === null
          ? `${only}, since it is too long to be kept.`
          : `'${bucket}' is private: how ${dataset} ${version} differs stands in no commit and no pull request, but beside its bytes.`,
      )
      return { stagedDiff }
    } catch (error) {
      signal.throwIfAborted()
      if (!isDmError(error)) throw error
      notice(`${only}: ${error.message}`)
      return { stagedDiff: null }
    }
  },
})
