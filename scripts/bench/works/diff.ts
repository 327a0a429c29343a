import { hold, peerContestant } from '../contest.ts'
import type { Lab } from '../lab.ts'
import { dmContestants, type Life } from '../life.ts'
import type { Row } from '../results.ts'

/** What differs between two files by 57 rows. */
export async function diff(lab: Lab, life: Life): Promise<Row[]> {
  const { first, second: file, scene, size } = life
  const reset = (): Promise<void> => Promise.resolve()
  const env = { PATH: process.env['PATH'] ?? '' }
  const contestants = [
    ...dmContestants(lab, {
      reset,
      command: (way, endpoint) => scene.dm(['diff', first, file], way, endpoint),
    }),
    ...peerContestant(lab, ['sqldiff'], {
      reset,
      command: () => ({ program: 'sqldiff', args: [first, file], env }),
    }),
  ]
  return hold(lab, { work: 'diff', size, file, isLocal: true, contestants })
}
