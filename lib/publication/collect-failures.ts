import { isDmError } from '../errors/dm-error.ts'
import type { ItemOutcome } from '../graph/nodes.ts'
import type { Publication, Rejection } from './publication.ts'

/** The publications whose bytes are proven, and everything that failed with its reason. */
export function collectFailures(
  promotions: readonly ItemOutcome<Publication>[],
  rejections: readonly Rejection[],
): { promoted: Publication[]; failed: Rejection[] } {
  const promoted: Publication[] = []
  const failed = [...rejections]
  for (const { item, error } of promotions) {
    if (error === undefined) {
      promoted.push(item)
      continue
    }
    const { dataset, version } = item
    const code = isDmError(error) ? error.code : 'DM_INTERNAL'
    const hint = isDmError(error) ? ` ${error.hint}` : ''
    failed.push({ dataset, version, code, message: `${error.message}${hint}` })
  }
  return { promoted, failed }
}
