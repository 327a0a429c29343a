import { formatBytes } from '../../lib/format/bytes.ts'
import { report } from '../../lib/operation/report.ts'

/** What was received, and where it is. */
export const pullReport = report({
  needs: ['wanted', 'destination', 'received'],
  result: ({ wanted: { dataset, version, sha256 }, destination, received }) => ({
    dataset,
    version,
    sha256,
    bytes: received.bytes,
    path: destination.path,
    receivedBytes: received.receivedBytes,
  }),
  text: ({ dataset, version, sha256, bytes, path, receivedBytes }, { dryRun }) => {
    if (dryRun) return `Would download ${dataset} ${version} (${formatBytes(bytes)}) to ${path}.`
    const how = receivedBytes === 0 ? 'was there already' : `${formatBytes(receivedBytes)} received`
    return [
      `${dataset} ${version}: ${path} (${formatBytes(bytes)}, ${how})`,
      `  SHA-256  ${sha256}, verified`,
    ].join('\n')
  },
})
