/** Which dm, and how it is configured: `whole` neither compresses nor makes deltas. */
export type Way = 'dm' | 'whole' | 'before'

export const dmNames: Readonly<Record<Way, string>> = {
  dm: 'dm',
  whole: 'dm, whole',
  before: 'dm, before',
}

/** What is measured beside dm where it is installed. */
export type Peer = 'aws' | 'rclone' | 'predecessor' | 'sqldiff' | 'openssl' | 'zstd'

export const peerNames: Readonly<Record<Peer, string>> = {
  aws: 'aws s3 cp',
  rclone: 'rclone',
  predecessor: 'predecessor',
  sqldiff: 'sqldiff',
  openssl: 'openssl dgst',
  zstd: 'zstd',
}

/** Of two of them, one after the other. */
export const COMPRESSED = `${peerNames.zstd} and ${peerNames.aws}`

/** Work that can be chosen, in the order in which it is done: what begins anew comes first. */
export const workNames = [
  'start',
  'checks',
  'first-prepare',
  'diff',
  'update',
  'publish',
  'pull',
  'next',
  'memory',
  'forms',
] as const

export type WorkName = (typeof workNames)[number]
