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
    const [size, parts] = [formatBytes(bytes), formatBytes(receivedBytes)]
    const received = receivedBytes === bytes ? `${size} received` : `${size}, ${parts} received`
    const how = via === 'present' ? `${size}, was there already` : received
    return [
      `${dataset} ${version}: ${whereOf(path)} (${how}, verified)`,
      `  SHA-256  ${sha256}`,
    ].join('\n')
  },
})

function whereOf(path: string): string {
  return path === '-' ? 'stdout' : path
}
