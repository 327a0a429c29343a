import { formatBytes } from './bytes.ts'

/**
 * One line about how far a step is.
 *
 * @param progress a text as it is, or an amount of bytes
 * @param elapsed milliseconds since the step began, for the speed
 */
export function formatProgress(
  progress: string | { readonly done: number; readonly total: number },
  elapsed: number,
): string {
  if (typeof progress === 'string') return progress
  const { done, total } = progress
  const percent = total === 0 ? 100 : Math.floor((done / total) * 100)
  const speed = elapsed >= 500 ? `, ${formatBytes(done / (elapsed / 1000))}/s` : ''
  return `${formatBytes(done)} of ${formatBytes(total)} (${percent}%)${speed}`
}
