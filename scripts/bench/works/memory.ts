import { rm } from 'node:fs/promises'
import { type Contestant, hold } from '../contest.ts'
import type { Lab } from '../lab.ts'
import { DATASET, type Life } from '../life.ts'
import type { Row } from '../results.ts'
import type { Command } from '../command.ts'

/** At once in one `publish`, where the store has room for so many. */
const PUBLICATIONS = 4

/** What a published version takes at most, and its staged bytes, as parts of its size. */
const [KEPT, STAGED] = [1.3, 1]

/** What dm has in memory, and how its time grows: a first version is prepared, published with three more, pulled. */
export async function memory(lab: Lab, life: Life): Promise<Row[]> {
  const { scene, first: file, size, scratch } = life
  const beginning = await life.restart()
  const alone = (
    work: string,
    reset: () => Promise<void>,
    command: (endpoint: string) => Command,
  ): Promise<Row[]> => {
    const contestants: Contestant[] = [{ name: 'dm', reset, command }]
    const calm: Lab = { ...lab, lines: ['loopback'] }
    return hold(calm, { work: `memory: ${work}`, size, file, contestants })
  }
  const rows: Row[] = []
  rows.push(
    ...(await alone(
      'prepare',
      () => scene.restore(beginning),
      (endpoint) => scene.dm(['prepare', DATASET, file], 'dm', endpoint),
    )),
  )
  await scene.restore(beginning)
  const fitting = Math.floor((lab.service.room / size - STAGED) / KEPT)
  const publications = Math.max(1, Math.min(PUBLICATIONS, fitting))
  if (publications < PUBLICATIONS) lab.say(`the store has room for ${publications} publications`)
  for (let nth = 1; nth <= publications; nth++) {
    const name = nth === 1 ? DATASET : `model-${nth}.sqlite`
    const { branch } = await scene.run(['prepare', name, file])
    await scene.merge(String(branch))
  }
  const merged = await scene.remember()
  rows.push(
    ...(await alone(
      `publish ${publications} at once`,
      () => scene.restore(merged),
      (endpoint) => scene.dm(['publish'], 'dm', endpoint),
    )),
  )
  await scene.restore(merged)
  await scene.run(['publish'])
  const published = await scene.remember()
  rows.push(
    ...(await alone(
      'pull',
      async () => {
        await rm(scratch, { force: true })
        await scene.restore(published, { emptyCache: true })
      },
      (endpoint) => scene.dm(['pull', DATASET, '--output', scratch], 'dm', endpoint),
    )),
  )
  return rows
}
