import type { Lab } from '../lab.ts'
import { type Life, openLife } from '../life.ts'
import type { WorkName } from '../names.ts'
import type { Row } from '../results.ts'
import { checks } from './checks.ts'
import { diff } from './diff.ts'
import { firstPrepare } from './first-prepare.ts'
import { forms } from './forms.ts'
import { memory } from './memory.ts'
import { next } from './next.ts'
import { publish } from './publish.ts'
import { pull } from './pull.ts'
import { start } from './start.ts'
import { update } from './update.ts'

/** Work in the life of one dataset, whose second version differs by 57 rows. */
const works: Record<Exclude<WorkName, 'forms'>, (lab: Lab, life: Life) => Promise<Row[]>> = {
  start,
  checks,
  'first-prepare': firstPrepare,
  diff,
  update,
  publish,
  pull,
  next,
  memory,
}

/**
 * Does work with databases of a size.
 *
 * @param chosen in the order in which it is to be done
 * @returns what was seen, as soon as it was
 */
export async function* doWorks(
  lab: Lab,
  size: number,
  chosen: readonly WorkName[],
): AsyncGenerator<Row[]> {
  const ofOneLife = chosen.filter((name) => name !== 'forms')
  if (ofOneLife.length > 0) {
    const life = await openLife(lab, size, ['base', 'edited'])
    for (const name of ofOneLife) yield await works[name](lab, life)
    await life.end()
  }
  if (chosen.includes('forms')) yield* forms(lab, size)
}
