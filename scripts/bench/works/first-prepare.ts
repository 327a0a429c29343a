import { hold, peerContestant } from '../contest.ts'
import type { Lab } from '../lab.ts'
import { DATASET, dmContestants, type Life } from '../life.ts'
import { COMPRESSED } from '../names.ts'
import type { Row } from '../results.ts'

/** The first version of a dataset is prepared: all of it has to be sent. */
export async function firstPrepare(lab: Lab, life: Life): Promise<Row[]> {
  const { peers } = lab
  const { first: file, scene, size } = life
  const beginning = await life.restart()
  const reset = (): Promise<void> => scene.restore(beginning)
  const key = 'staging/peer.sqlite'
  const contestants = [
    ...dmContestants(lab, {
      reset,
      command: (way, endpoint) => scene.dm(['prepare', DATASET, file], way, endpoint),
      withWhole: true,
    }),
    ...(['aws', 'rclone'] as const).flatMap((tool) =>
      peerContestant(lab, [tool], {
        reset,
        command: (endpoint) => peers.upload(tool, file, key, endpoint),
      }),
    ),
    ...peerContestant(
      lab,
      ['zstd', 'aws'],
      { reset, command: (endpoint) => peers.uploadCompressed(file, key, endpoint) },
      COMPRESSED,
    ),
    ...peerContestant(lab, ['predecessor'], {
      reset,
      command: (endpoint) => peers.predecessor(['prepare', file], endpoint),
    }),
  ]
  return hold(lab, { work: 'first-prepare', size, file, contestants })
}
