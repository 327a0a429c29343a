import { changeErrors } from './definitions/change.ts'
import { configErrors } from './definitions/config.ts'
import { databaseErrors } from './definitions/database.ts'
import { forgeErrors } from './definitions/forge.ts'
import { gitErrors } from './definitions/git.ts'
import { manifestErrors } from './definitions/manifest.ts'
import { publicationErrors } from './definitions/publication.ts'
import { releaseErrors } from './definitions/release.ts'
import { reviewErrors } from './definitions/review.ts'
import { runErrors } from './definitions/run.ts'
import { setupErrors } from './definitions/setup.ts'
import { storeErrors } from './definitions/store.ts'
import { usageErrors } from './definitions/usage.ts'
import type { Definition } from './define.ts'

/** The catalogue: every failure that dm reports by name, by area. */
export const definitions = {
  ...usageErrors,
  ...configErrors,
  ...manifestErrors,
  ...databaseErrors,
  ...storeErrors,
  ...gitErrors,
  ...forgeErrors,
  ...changeErrors,
  ...publicationErrors,
  ...releaseErrors,
  ...reviewErrors,
  ...setupErrors,
  ...runErrors,
}

/** `DM_…`: a key of the catalogue; scripts may depend on it. */
export type ErrorCode = keyof typeof definitions

/** What the messages of a code are made from. */
export type ErrorContext<Code extends ErrorCode> =
  (typeof definitions)[Code] extends Definition<infer Context> ? Context : never
