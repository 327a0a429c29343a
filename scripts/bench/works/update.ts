import { hold, peerContestant } from '../contest.ts'
import type { Lab } from '../lab.ts'
import { DATASET, dmContestants, type Life } from '../life.ts'
import type { Row } from '../results.ts'

/** A version with 57 changed rows is prepared, with its row diff; the version before is in the cache. */
export async function update(lab: Lab, life: Life): Promise<Row[]> {
  const { peers } = lab
  const { second: file, scene, size } = life
  const { moment, key } = await life.published()
  const reset = (): Promise<void> => scene.restore(moment)
  const contestants = [
    ...dmContestants(lab, {
      reset,
      command: (way, endpoint) => scene.dm(['prepare', DATASET, file], way, endpoint),
    }),
    ...peerContestant(lab, ['predecessor', 'sqldiff'], {
      reset,
      command: (endpoint) => peers.predecessor(['prepare', file, key], endpoint),
    }),
  ]
  return hold(lab, { work: 'update', size, file, contestants })
}
