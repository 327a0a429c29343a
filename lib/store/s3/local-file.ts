import type { FileHandle } from 'node:fs/promises'
import type { FileIdentity } from '../../files/file-identity.ts'

/** A local file that is open for an upload. */
export interface LocalFile {
  /** Its path, for messages. */
  readonly path: string
  readonly handle: FileHandle
  /** As it was before the first byte was read. */
  readonly identity: FileIdentity
}
