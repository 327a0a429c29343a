import { formatBytes } from '../../lib/format/units.ts'
import { report } from '../../lib/graph/operation.ts'

/** What was received, and where it is. */
export const pullReport = report({
  needs: ['wanted', 'destination', 'pulled'],
  result: ({ wanted: { dataset, version, sha256 }, destination, pulled }) => ({
    dataset,
    version,
    sha256,
    bytes: pulled.bytes,
    path: destination.passing ? '-' : destination.path,
    receivedBytes: pulled.receivedBytes,
    via: pulled.via,
  }),
  text: ({ dataset, version, sha256, bytes, path, receivedBytes, via }, { dryRun }) => {
    if (dryRun && via === 'whole') {
      return `Would download ${dataset} ${version} (${formatBytes(bytes)}) to ${whereOf(path)}.`
    }
    const received = receivedBytes === bytes ? 'received' : `${formatBytes(receivedBytes)} received`
    const how = via === 'present' ? 'was there already' : received
    return [
      `${dataset} ${version}: ${whereOf(path)} (${formatBytes(bytes)}, ${how})`,
      `  SHA-256  ${sha256}, verified`,
    ].join('\n')
  },
})

function whereOf(path: string): string {
  return path === '-' ? 'stdout' : path
}
