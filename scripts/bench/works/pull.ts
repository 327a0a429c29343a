import { rm } from 'node:fs/promises'
import { hold, peerContestant } from '../contest.ts'
import type { Lab } from '../lab.ts'
import { DATASET, dmContestants, type Life } from '../life.ts'
import { COMPRESSED } from '../names.ts'
import type { Row } from '../results.ts'
import { measure } from '../measure.ts'

/** The newest version is pulled where nothing of it is at hand. */
export async function pull(lab: Lab, life: Life): Promise<Row[]> {
  const { peers, service, signal } = lab
  const { scene, second: file, size, scratch } = life
  const { moment, key } = await life.complete()
  const compressed = 'production/peer.sqlite.zst'
  if (peers.installed.zstd !== null && peers.installed.aws !== null) {
    await measure(peers.uploadCompressed(file, compressed, service.endpoint), signal)
    scene.keep(compressed)
  }
  const reset = async (): Promise<void> => {
    await rm(scratch, { force: true })
    await scene.restore(moment, { emptyCache: true })
  }
  const contestants = [
    ...dmContestants(lab, {
      reset,
      command: (way, endpoint) => scene.dm(['pull', DATASET, '--output', scratch], way, endpoint),
    }),
    ...(['aws', 'rclone'] as const).flatMap((tool) =>
      peerContestant(lab, [tool], {
        reset,
        command: (endpoint) => peers.download(tool, `production/${key}`, scratch, endpoint),
      }),
    ),
    ...peerContestant(
      lab,
      ['zstd', 'aws'],
      { reset, command: (endpoint) => peers.downloadCompressed(compressed, scratch, endpoint) },
      COMPRESSED,
    ),
    ...peerContestant(lab, ['predecessor'], {
      reset,
      command: (endpoint) => peers.predecessor(['pull', key, scratch], endpoint),
    }),
  ]
  return hold(lab, { work: 'pull', size, file, contestants })
}
