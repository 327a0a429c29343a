import { tellableBuckets } from '../../lib/config/buckets.ts'
import { compareFiles, type NamedDatabase } from '../../lib/diff/compare-files.ts'
import { findReverts as find, type FullDiff } from '../../lib/diff/find-reverts.ts'
import { readRowsFile } from '../../lib/diff/read-rows-file.ts'
import { isDmError } from '../../lib/errors/dm-error.ts'
import { defineStep } from '../../lib/graph/step.ts'
import { findSides } from '../../lib/proposal/rebase.ts'
import { openBringing } from '../../lib/transfer/bring-named.ts'

export const findReverts = defineStep({
  id: 'find-reverts',
  title: 'Find what of others it would undo',
  needs: ['project', 'stores', 'base', 'rebase'],
  provides: ['reverts'],
  skip: ({ rebase }) =>
    rebase.change.unseen.length === 0
      ? { reason: 'the author has seen all there is', facts: { reverts: [] } }
      : undefined,
  async run({ project, stores, base, rebase }, context) {
    const { signal, report, notice, dispose } = context
    const { config, env } = project
    const sides = findSides(rebase, base.manifest, config.staging)
    if (sides === null) return { reverts: null }
    if (!tellableBuckets(config, env)(rebase.change.bucket)) {
      notice('What it would undo is not said: its bucket is private, and this is CI.')
      return { reverts: null }
    }
    try {
      const bring = await openBringing(project, stores, context)
      const [first, second, third] = sides
      const [before, theirs, ours] = [await bring(first), await bring(second), await bring(third)]
      const compare = async (a: NamedDatabase, b: NamedDatabase): Promise<FullDiff> => {
        const wishes = { env, signal, report, rows: true }
        const { diff, rowsFile } = await compareFiles(a, b, wishes, dispose)
        return { diff, rows: await readRowsFile(rowsFile ?? '') }
      }
      return { reverts: find(await compare(before, theirs), await compare(theirs, ours)) }
    } catch (error) {
      signal.throwIfAborted()
      if (!isDmError(error)) throw error
      notice(`What it would undo is not known: ${error.message}`)
      return { reverts: null }
    }
  },
})
