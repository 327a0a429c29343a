import type { Manifest } from './types.ts'

/** The manifest of a data repository without datasets. */
export const emptyManifest: Manifest = { datasets: [], origin: null }
