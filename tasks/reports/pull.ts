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
    const [size, parts] = [formatBytes(bytes), formatBytes(receivedBytes)]
    if (dryRun && via !== 'present') {
      const how = {
        cache: 'from the cache',
        delta: 'as a delta',
        compressed: 'compressed',
        whole: '',
      }
      const form = how[via] && `, ${how[via]}`
      return `Would download ${dataset} ${version} (${size}${form}) to ${whereOf(path)}.`
    }
    const received = receivedBytes === bytes ? `${size} received` : `${size}, ${parts} received`
    const how = {
      present: `${size}, was there already`,
      cache: `${size}, from the cache`,
      delta: `${received} as a delta`,
      compressed: `${received} compressed`,
      whole: received,
    }
    return [
      `${dataset} ${version}: ${whereOf(path)} (${how[via]}, verified)`,
      `  SHA-256  ${sha256}`,
    ].join('\n')
  },
})

function whereOf(path: string): string {
  return path === '-' ? 'stdout' : path
}
