import { stat } from 'node:fs/promises'
import type { Command } from './command.ts'
import { type CountingProxy, startCountingProxy } from './counting-proxy.ts'
import type { Lab } from './lab.ts'
import { type Measured, measure } from './measure.ts'
import { type Peer, peerNames } from './names.ts'
import type { LineName, Row } from './results.ts'
import { median } from './statistics.ts'

/** Who does a piece of work, and how. */
export interface Contestant {
  readonly name: string
  /** Has everything as it was before the work; not measured. */
  readonly reset: () => Promise<void>
  /** @param endpoint where the store is to be asked */
  readonly command: (endpoint: string) => Command
  /** What is worth keeping of what it printed. */
  readonly facts?: ((stdout: string) => Row['facts']) | undefined
}

export interface Contest {
  readonly work: string
  readonly variant?: string
  /** The size that was asked for, in bytes. */
  readonly size: number
  /** What it is about. */
  readonly file: string
  /** Whether it does not touch the store: then there is no line to measure it on. */
  readonly isLocal?: boolean
  readonly contestants: readonly Contestant[]
}

/** How one fared so far. */
interface Tally {
  readonly measured: Measured[]
  passed: { readonly sent: number; readonly received: number } | null
  facts: Row['facts']
}

/**
 * Has the contestants do the work in turn, so that whatever else the machine does meets all of them.
 * On loopback they are asked to do it once more before: it warms caches, and goes through a proxy that
 * counts; the runs that are timed reach the store itself. Over the slow line, every run goes through it.
 */
export async function hold(lab: Lab, contest: Contest): Promise<Row[]> {
  const rows: Row[] = []
  for (const line of contest.isLocal === true ? (['loopback'] as const) : lab.lines) {
    rows.push(...(await holdOn(line, lab, contest)))
  }
  return rows
}

async function holdOn(line: LineName, lab: Lab, contest: Contest): Promise<Row[]> {
  const { contestants, work, variant = null, size, file, isLocal = false } = contest
  const { size: fileBytes } = await stat(file)
  const speed = line === 'slow' ? lab.slowLine : undefined
  const proxy = isLocal ? null : await startCountingProxy(lab.service.endpoint, speed)
  const tallies = contestants.map((): Tally => ({ measured: [], passed: null, facts: {} }))
  try {
    for (let turn = line === 'slow' ? 1 : 0; turn <= lab.runs[line]; turn++) {
      for (const [index, contestant] of contestants.entries()) {
        const isThrough = line === 'slow' || turn === 0
        const tally = tallies[index] as Tally
        const one = await runOnce(lab, contestant, isThrough ? proxy : null, tally)
        if (turn > 0) tally.measured.push(one)
      }
    }
  } finally {
    await proxy?.stop()
  }
  return tallies.map(({ measured, passed, facts }, index): Row => {
    const { name } = contestants[index] as Contestant
    const seconds = measured.map((one) => one.seconds)
    const peakBytes = measured.map((one) => one.peakBytes)
    const title = [work, variant, line].filter((word) => word !== null).join(', ')
    lab.say(`${title}, ${name}: ${median(seconds).toFixed(2)} s`)
    return {
      work,
      variant,
      size,
      fileBytes,
      line,
      contestant: name,
      seconds,
      peakBytes,
      sent: passed?.sent ?? null,
      received: passed?.received ?? null,
      facts,
    }
  })
}

async function runOnce(
  lab: Lab,
  { reset, command, facts }: Contestant,
  proxy: CountingProxy | null,
  tally: Tally,
): Promise<Measured> {
  await reset()
  proxy?.take()
  const one = await measure(command(proxy?.endpoint ?? lab.service.endpoint), lab.signal)
  if (proxy !== null) tally.passed = proxy.take()
  tally.facts = facts?.(one.stdout) ?? {}
  return one
}

/** Another program as a contestant; none where one of those that it needs is not installed. */
export function peerContestant(
  { peers }: Lab,
  needs: readonly [Peer, ...Peer[]],
  contestant: Omit<Contestant, 'name' | 'facts'>,
  name = peerNames[needs[0]],
): Contestant[] {
  if (needs.some((peer) => peers.installed[peer] === null)) return []
  return [{ name, ...contestant }]
}
