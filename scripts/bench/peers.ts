import { execFileSync } from 'node:child_process'
import { shellQuote } from '../../lib/format/text.ts'
import { type Command, shell } from './command.ts'
import type { Peer } from './names.ts'
import { REGION, type Service } from './service.ts'

/** The version of each; null: not installed. */
export type Installed = Readonly<Record<Peer, string | null>>

/** Commands of the peers that move one object; `key` has its bucket in front. */
export interface Peers {
  readonly installed: Installed
  readonly upload: (tool: 'aws' | 'rclone', file: string, key: string, endpoint: string) => Command
  readonly download: (
    tool: 'aws' | 'rclone',
    key: string,
    file: string,
    endpoint: string,
  ) => Command
  /** What somebody who compresses by hand types. */
  readonly uploadCompressed: (file: string, key: string, endpoint: string) => Command
  readonly downloadCompressed: (key: string, file: string, endpoint: string) => Command
  /** Down and up again, as one who publishes without a copy inside the store. */
  readonly carry: (from: string, file: string, to: string, endpoint: string) => Command
  readonly predecessor: (args: readonly string[], endpoint: string) => Command
}

export function findPeers(service: Service, home: string): Peers {
  const { accessKeyId, secretAccessKey } = service.credentials
  const env = {
    PATH: process.env['PATH'] ?? '',
    // Nothing of the user's settings.
    HOME: home,
    AWS_CONFIG_FILE: '/dev/null',
    AWS_SHARED_CREDENTIALS_FILE: '/dev/null',
    AWS_ACCESS_KEY_ID: accessKeyId,
    AWS_SECRET_ACCESS_KEY: secretAccessKey,
    AWS_DEFAULT_REGION: REGION,
    AWS_EC2_METADATA_DISABLED: 'true',
    RCLONE_CONFIG: '/dev/null',
  }
  const python = ['python3', '/usr/bin/python3'].find((one) => answer(one, ['-c', 'import boto3']))
  const aws = (endpoint: string, ...words: readonly string[]): Command => {
    const args = ['--endpoint-url', endpoint, 's3', 'cp', '--quiet', ...words]
    return { program: 'aws', args, env }
  }
  const rclone = (endpoint: string, from: string, to: string): Command => ({
    program: 'rclone',
    args: ['copyto', from, to],
    env: { ...env, ...rcloneRemote(endpoint, service) },
  })
  const line = (...commands: readonly Command[]): string =>
    commands.map(({ program, args }) => [program, ...args].map(shellQuote).join(' ')).join(' | ')
  const url = (key: string): string => `s3://${key}`

  return {
    installed: {
      aws: version('aws', ['--version']),
      rclone: version('rclone', ['version']),
      predecessor:
        python === undefined
          ? null
          : version(python, [
              '-c',
              'import boto3, sys; print("Python", sys.version.split()[0], "boto3", boto3.__version__)',
            ]),
      sqldiff: answer('sqldiff', ['--help']) ? 'installed' : null,
      openssl: version('openssl', ['version']),
      zstd: version('zstd', ['--version']),
    },
    upload: (tool, file, key, endpoint) =>
      tool === 'aws' ? aws(endpoint, file, url(key)) : rclone(endpoint, file, `bench:${key}`),
    download: (tool, key, file, endpoint) =>
      tool === 'aws' ? aws(endpoint, url(key), file) : rclone(endpoint, `bench:${key}`, file),
    uploadCompressed: (file, key, endpoint) => {
      const zstd = { program: 'zstd', args: ['-3', '-T0', '-q', '-c', file], env }
      return shell(line(zstd, aws(endpoint, '-', url(key))), env)
    },
    downloadCompressed: (key, file, endpoint) => {
      const zstd = { program: 'zstd', args: ['-d', '-q', '-f', '-o', file], env }
      return shell(line(aws(endpoint, url(key), '-'), zstd), env)
    },
    carry: (from, file, to, endpoint) => {
      const down = line(aws(endpoint, url(from), file))
      return shell(`${down} && ${line(aws(endpoint, file, url(to)))}`, env)
    },
    predecessor: (args, endpoint) => ({
      program: python ?? 'python3',
      args: [`${import.meta.dirname}/predecessor.py`, ...args],
      env: { ...env, BENCH_ENDPOINT: endpoint },
    }),
  }
}

/** rclone's way to name a remote in the environment. */
function rcloneRemote(endpoint: string, { credentials }: Service): Record<string, string> {
  return {
    RCLONE_CONFIG_BENCH_TYPE: 's3',
    RCLONE_CONFIG_BENCH_PROVIDER: 'Ceph',
    RCLONE_CONFIG_BENCH_ENDPOINT: endpoint,
    RCLONE_CONFIG_BENCH_REGION: REGION,
    RCLONE_CONFIG_BENCH_ACCESS_KEY_ID: credentials.accessKeyId,
    RCLONE_CONFIG_BENCH_SECRET_ACCESS_KEY: credentials.secretAccessKey,
    RCLONE_S3_NO_CHECK_BUCKET: 'true',
  }
}

function answer(program: string, args: readonly string[]): boolean {
  return version(program, args) !== null
}

/** The first line that it says of itself; null: it cannot be run. */
function version(program: string, args: readonly string[]): string | null {
  try {
    const text = execFileSync(program, args, {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    })
    // Of aws, the kernel follows, which is the machine's.
    return (text.split('\n')[0] ?? '')
      .replaceAll('*', '')
      .replace(/ Linux\/.*/, '')
      .trim()
  } catch {
    return null
  }
}
