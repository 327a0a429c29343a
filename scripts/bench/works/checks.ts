import { hold, peerContestant } from '../contest.ts'
import type { Lab } from '../lab.ts'
import { DATASET, dmContestants, type Life } from '../life.ts'
import type { Row } from '../results.ts'

/** All that `prepare` looks at before it sends anything, beside what only hashes the file. */
export async function checks(lab: Lab, life: Life): Promise<Row[]> {
  const { first: file, scene, size } = life
  const beginning = await life.restart()
  const reset = (): Promise<void> => scene.restore(beginning)
  const env = { PATH: process.env['PATH'] ?? '' }
  const contestants = [
    ...dmContestants(lab, {
      reset,
      command: (way, endpoint) => scene.dm(['prepare', DATASET, file, '--dry-run'], way, endpoint),
    }),
    ...peerContestant(lab, ['openssl'], {
      reset,
      command: () => ({ program: 'openssl', args: ['dgst', '-sha256', file], env }),
    }),
  ]
  return hold(lab, { work: 'checks', size, file, isLocal: true, contestants })
}
