import { type Contestant, hold } from '../contest.ts'
import type { Lab } from '../lab.ts'
import { dmContestants, type Life } from '../life.ts'
import type { Row } from '../results.ts'

/** What dm costs before it does anything, beside node. */
export async function start(lab: Lab, life: Life): Promise<Row[]> {
  const { first: file, scene, size } = life
  const beginning = await life.restart()
  await scene.restore(beginning)
  const reset = (): Promise<void> => Promise.resolve()
  const env = { PATH: process.env['PATH'] ?? '' }
  const bare: Contestant = {
    name: 'node',
    reset,
    command: () => ({ program: process.execPath, args: ['-e', '0'], env }),
  }
  const contestants = [
    ...dmContestants(lab, { reset, command: (way) => scene.dm(['list'], way) }),
    bare,
  ]
  return hold(lab, { work: 'list', size, file, isLocal: true, contestants })
}
