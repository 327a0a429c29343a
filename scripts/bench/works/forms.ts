import { link, rm } from 'node:fs/promises'
import { hold } from '../contest.ts'
import { predecessorOf, type Variant, variantNames } from '../databases.ts'
import type { Lab } from '../lab.ts'
import { DATASET, dmContestants, type Life, openLife } from '../life.ts'
import type { Row } from '../results.ts'

/**
 * For each way in which a version can differ from the one before, the three steps of its life, beside a
 * dm that sends everything whole.
 */
export async function* forms(lab: Lab, size: number): AsyncGenerator<Row[]> {
  for (const variant of variantNames) {
    const life = await openLife(lab, size, [predecessorOf(variant), variant])
    for (const step of [prepareStep, publishStep, pullStep]) {
      yield await step(lab, life, variant)
    }
    await life.end()
  }
}

type Step = (lab: Lab, life: Life, variant: Variant) => Promise<Row[]>

const prepareStep: Step = async (lab, { published, scene, second: file, size }, variant) => {
  const { moment } = await published()
  const contestants = dmContestants(lab, {
    reset: () => scene.restore(moment),
    command: (way, endpoint) => scene.dm(['prepare', DATASET, file], way, endpoint),
    withWhole: true,
  })
  return hold(lab, { work: 'forms: prepare', variant, size, file, contestants })
}

const publishStep: Step = async (lab, { merged, scene, second: file, size }, variant) => {
  const contestants = dmContestants(lab, {
    reset: async (way) => scene.restore((await merged(way)).moment),
    command: (way, endpoint) => scene.dm(['publish'], way, endpoint),
    withWhole: true,
  })
  return hold(lab, { work: 'forms: publish', variant, size, file, contestants })
}

const pullStep: Step = async (lab, life, variant) => {
  const { complete, first, scene, scratch, second: file, size } = life
  const contestants = dmContestants(lab, {
    async reset(way) {
      await rm(scratch, { force: true })
      await scene.restore((await complete(way)).moment, { emptyCache: true })
      await link(first, scratch)
    },
    command: (way, endpoint) => scene.dm(['pull', DATASET, '--output', scratch], way, endpoint),
    withWhole: true,
  })
  return hold(lab, { work: 'forms: pull', variant, size, file, contestants })
}
