import { randomUUID } from 'node:crypto'
import { rm } from 'node:fs/promises'
import path from 'node:path'
import type { Command } from './command.ts'
import type { Contestant } from './contest.ts'
import type { Content } from './databases.ts'
import type { Lab } from './lab.ts'
import { dmNames, type Way } from './names.ts'
import type { Row } from './results.ts'
import { type Document, type Moment, openScene, type Scene } from './scene.ts'

/** The dataset whose life it is. */
export const DATASET = 'model.sqlite'

/** A dataset from its first version to its second; each stage is reached when it is first asked for. */
export interface Life {
  readonly scene: Scene
  /** The size that was asked for, in bytes. */
  readonly size: number
  readonly first: string
  readonly second: string
  /** Where the work that is measured may write. */
  readonly scratch: string
  /** Before the first version; everything later is undone, and has to be reached again. */
  readonly restart: () => Promise<Moment>
  /** The first version is published, and in the cache. */
  readonly published: () => Promise<Stage>
  /** The second version was proposed, by this dm, and merged. */
  readonly merged: (way: Way) => Promise<Stage>
  /** The second version is published as this dm has staged it. */
  readonly complete: (way?: Way) => Promise<Stage>
  readonly end: () => Promise<void>
}

/** A moment, and the key in production of the newest version then. */
export interface Stage {
  readonly moment: Moment
  readonly key: string
}

export async function openLife(
  lab: Lab,
  size: number,
  [first, second]: readonly [Content, Content],
): Promise<Life> {
  const files = [await lab.databases.get(size, first), await lab.databases.get(size, second)]
  const folder = path.join(lab.folder, randomUUID())
  const scene = await openScene(lab, folder)
  let reached = new Map<string, Promise<Stage>>()
  const once = (name: string, reach: () => Promise<Stage>): Promise<Stage> => {
    const stage = reached.get(name) ?? reach()
    reached.set(name, stage)
    return stage
  }
  const stage = async (): Promise<Stage> => ({
    moment: await scene.remember(),
    key: await scene.newestKey(DATASET),
  })
  const propose = async (file: string, way: Way): Promise<void> => {
    const { branch } = await scene.run(['prepare', DATASET, file], way)
    await scene.merge(String(branch))
  }
  const [one = '', two = ''] = files

  const published = (): Promise<Stage> =>
    once('published', async () => {
      lab.say('publishing the first version')
      await propose(one, 'dm')
      await scene.run(['publish'])
      return stage()
    })
  const merged = (way: Way): Promise<Stage> =>
    once(`merged ${way}`, async () => {
      await scene.restore((await published()).moment)
      lab.say('preparing the second version')
      await propose(two, way)
      return stage()
    })
  return {
    scene,
    size,
    first: one,
    second: two,
    scratch: path.join(folder, 'scratch.sqlite'),
    async restart() {
      reached = new Map()
      await scene.clear()
      return scene.remember()
    },
    published,
    merged,
    complete: (way = 'dm') =>
      once(`complete ${way}`, async () => {
        await scene.restore((await merged(way)).moment)
        lab.say('publishing the second version')
        await scene.run(['publish'], way)
        return stage()
      }),
    async end() {
      await scene.clear()
      await rm(folder, { recursive: true })
    },
  }
}

/** dm as it is, and the older one where there is one; `withWhole`: and as it sends everything whole. */
export function dmContestants(
  lab: Lab,
  contest: {
    readonly reset: (way: Way) => Promise<void>
    readonly command: (way: Way, endpoint: string) => Command
    readonly withWhole?: boolean
  },
): Contestant[] {
  const ways: Way[] = ['dm']
  if (contest.withWhole === true && lab.programs.hasForms) ways.push('whole')
  if (lab.programs.before !== null) ways.push('before')
  return ways.map((way) => ({
    name: dmNames[way],
    reset: () => contest.reset(way),
    command: (endpoint) => contest.command(way, endpoint),
    facts: (stdout) => readFacts(JSON.parse(stdout) as Document),
  }))
}

/** The way that the bytes took, by dm's own word. */
function readFacts(document: Document): Row['facts'] {
  const { staged, via, receivedBytes } = document
  const { form, sentBytes } = (staged ?? {}) as { form?: unknown; sentBytes?: unknown }
  const facts: Record<string, string | number> = {}
  for (const [name, value] of Object.entries({ form, sentBytes, via, receivedBytes })) {
    if (typeof value === 'string' || typeof value === 'number') facts[name] = value
  }
  return facts
}
