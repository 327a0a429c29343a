import { link, rm } from 'node:fs/promises'
import { hold, peerContestant } from '../contest.ts'
import type { Lab } from '../lab.ts'
import { DATASET, dmContestants, type Life } from '../life.ts'
import type { Row } from '../results.ts'

/** The newest version is pulled over the version before, which differs from it by 57 rows. */
export async function next(lab: Lab, life: Life): Promise<Row[]> {
  const { peers } = lab
  const { scene, first, second: file, size, scratch } = life
  const { moment, key } = await life.complete()
  const reset = async (): Promise<void> => {
    await rm(scratch, { force: true })
    await scene.restore(moment, { emptyCache: true })
  }
  const contestants = [
    ...dmContestants(lab, {
      async reset() {
        await reset()
        // dm replaces a file by its name, never in place: what else has a name stays as it is.
        await link(first, scratch)
      },
      command: (way, endpoint) => scene.dm(['pull', DATASET, '--output', scratch], way, endpoint),
    }),
    ...peerContestant(lab, ['predecessor'], {
      reset,
      command: (endpoint) => peers.predecessor(['pull', key, scratch], endpoint),
    }),
  ]
  return hold(lab, { work: 'next', size, file, contestants })
}
