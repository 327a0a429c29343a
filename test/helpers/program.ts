import path from 'node:path'

/** What `node` runs as dm from its sources. */
export const sources = path.join(import.meta.dirname, '../../lib/cli/bin.cjs')

/** What `node` runs as dm: the bundle, where the whole suite made one (`bundleProgram`), else the sources. */
export const program = process.env['DM_TEST_PROGRAM'] ?? sources
