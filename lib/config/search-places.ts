/** Where a config may be, relative to the data repository, in the order in which they win. */
export const searchPlaces: readonly string[] = [
  'datamanager.config.ts',
  'datamanager.config.js',
  'datamanager.config.mjs',
  'datamanager.config.json',
  '.datamanagerrc',
  'package.json',
]
