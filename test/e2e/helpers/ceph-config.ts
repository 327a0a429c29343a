import path from 'node:path'

/** Where the cluster's monitor listens. */
export const MONITOR_PORT = 6789
/** Where the S3 gateway listens. */
export const GATEWAY_PORT = 7480

/** Where a cluster keeps its objects: in memory, 8 GiB, or in a file, as much as the disk has room for. */
export type Keeping = 'memory' | 'disk'

/**
 * The configuration of a cluster of one host that listens on loopback only. Options: https://docs.ceph.com/en/pacific/rados/configuration/
 */
export function cephConfig(folder: string, fsid: string, keeping: Keeping): string {
  const sections: Record<string, Record<string, string | number>> = {
    global: {
      fsid,
      'mon host': `127.0.0.1:${MONITOR_PORT}`,
      'mon initial members': 'a',
      'public addr': '127.0.0.1',
      'cluster addr': '127.0.0.1',
      'ms bind msgr2': 'false',
      'auth cluster required': 'none',
      'auth service required': 'none',
      'auth client required': 'none',
      'osd pool default size': 1,
      'osd pool default min size': 1,
      'osd pool default pg num': 8,
      'osd pool default pgp num': 8,
      'osd crush chooseleaf type': 0,
      'mon allow pool size one': 'true',
      'mon max pg per osd': 5000,
      'admin socket': path.join(folder, '$name.asok'),
      'log file': path.join(folder, '$name.log'),
      'pid file': path.join(folder, '$name.pid'),
    },
    'mon.a': {
      host: 'localhost',
      'mon addr': `127.0.0.1:${MONITOR_PORT}`,
      'mon data': path.join(folder, 'mon'),
      // In percent: a full disk of the machine does not concern a cluster in memory.
      'mon data avail warn': 2,
      'mon data avail crit': 1,
    },
    'mgr.x': { 'mgr data': path.join(folder, 'mgr') },
    osd: {
      'osd data': path.join(folder, 'osd'),
      ...kept[keeping],
      'osd class load list': '*',
      'osd class default list': '*',
      'osd class update on start': 'false',
    },
    'client.rgw.x': {
      'rgw data': path.join(folder, 'rgw'),
      'rgw frontends': `beast endpoint=127.0.0.1:${GATEWAY_PORT}`,
      'rgw dns name': 'localhost',
    },
  }
  return Object.entries(sections)
    .map(([name, options]) => `[${name}]\n${toLines(options)}\n`)
    .join('')
}

const GIB = 1024 ** 3

const kept: Readonly<Record<Keeping, Record<string, string | number>>> = {
  memory: { 'osd objectstore': 'memstore', 'memstore device bytes': 8 * GIB },
  disk: {
    'osd objectstore': 'bluestore',
    'bluestore block create': 'true',
    // A file that takes only what is written to it.
    'bluestore block size': 64 * GIB,
    'osd memory target': 1.5 * GIB,
  },
}

function toLines(options: Record<string, string | number>): string {
  return Object.entries(options)
    .map(([name, value]) => `${name} = ${value}\n`)
    .join('')
}
