import { rm } from 'node:fs/promises'
import { withFile } from '../../../lib/files/file-identity.ts'
import { hashFile } from '../../../lib/files/hash-file.ts'
import { hold, peerContestant } from '../contest.ts'
import type { Lab } from '../lab.ts'
import { DATASET, dmContestants, type Life } from '../life.ts'
import type { Row } from '../results.ts'
import { openBucket } from '../service.ts'

/** The version with 57 changed rows is published as it was staged: by us, as a delta. */
export async function publish(lab: Lab, life: Life): Promise<Row[]> {
  const { peers, service } = lab
  const { scene, second: file, size, scratch } = life
  const { moment } = await life.merged('dm')
  // What the peers publish was staged whole.
  const staged = 'peer.sqlite'
  const { sha256 } = await withFile(file, (opened) => hashFile(opened))
  await openBucket(service, 'staging').put(staged, file, { stamp: { sha256 } })
  scene.keep(`staging/${staged}`)
  const forPeers = async (): Promise<void> => {
    await rm(scratch, { force: true })
    await scene.restore(moment)
  }
  const target = `${DATASET}-by-peer`
  const contestants = [
    ...dmContestants(lab, {
      reset: async (way) => scene.restore((await life.merged(way)).moment),
      command: (way, endpoint) => scene.dm(['publish'], way, endpoint),
      withWhole: true,
    }),
    ...peerContestant(lab, ['aws'], {
      reset: forPeers,
      command: (endpoint) =>
        peers.carry(`staging/${staged}`, scratch, `production/${target}`, endpoint),
    }),
    ...peerContestant(lab, ['predecessor'], {
      reset: forPeers,
      command: (endpoint) => peers.predecessor(['publish', staged, target], endpoint),
    }),
  ]
  return hold(lab, { work: 'publish', size, file, contestants })
}
