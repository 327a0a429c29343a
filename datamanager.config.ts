import { defineConfig, defineStep, DmError, r2 } from '@openenergyoutlook/datamanager'

/** Tables that only databases of the Temoa model have: `technologies` before version 3, then these. */
const signs = [['technologies'], ['technology', 'metadata']]

/**
 * A step of this team's own: refuses what is no database of the Temoa energy model. Its tables:
 * https://github.com/TemoaProject/temoa
 */
const checkTemoa = defineStep({
  id: 'check-temoa',
  title: 'Check that it is a Temoa database',
  needs: ['inspection', 'file'],
  provides: [],
  run({ inspection, file }) {
    // Upper and lower case differ between the versions of Temoa.
    const names = new Set(inspection.tables.map(({ name }) => name.toLowerCase()))
    if (signs.some((tables) => tables.every((table) => names.has(table)))) return {}
    throw new DmError('DM_STEP_REFUSED', {
      step: 'check-temoa',
      problem: `'${file.path}' is no Temoa database: it has neither the table 'technologies' nor 'technology' and 'metadata'`,
      remedy: "Check the file; to prepare other databases, remove 'check-temoa' from the config.",
    })
  },
})

/**
 * The config of this repository, and an example of every key; all of them are optional. With
 * R2_ACCOUNT_ID in the environment (or in .env) the objects are in Cloudflare R2; without it,
 * in the embedded store inside the git folder.
 */
export default defineConfig(({ env }) => {
  // CI sets a variable whose secret does not exist to an empty text.
  const value = (name: string): string | undefined => env[name] || undefined
  const accountId = value('R2_ACCOUNT_ID')
  const repository = value('GITHUB_REPOSITORY')
  return {
    // S3 of any provider: { type: 's3', endpoint, region }; a folder: { type: 'folder', path }.
    ...(accountId === undefined ? {} : { storage: r2({ accountId }) }),
    buckets: {
      staging: { name: value('R2_STAGING_BUCKET') ?? 'staging' },
      // With a `url` a bucket is public: everybody can pull from it, without an account.
      production: {
        name: value('R2_PRODUCTION_BUCKET') ?? 'production',
        url: 'https://data.openenergyoutlook.org/',
      },
      internal: {
        name: value('R2_INTERNAL_BUCKET') ?? 'internal',
        // The names of environment variables, for a bucket that has keys of its own.
        ...(value('R2_INTERNAL_ACCESS_KEY_ID') === undefined
          ? {}
          : {
              credentials: {
                accessKeyId: 'R2_INTERNAL_ACCESS_KEY_ID',
                secretAccessKey: 'R2_INTERNAL_SECRET_ACCESS_KEY',
              },
            }),
      },
    },
    staging: 'staging',
    defaultBucket: 'production',
    // Stamped on every object; by default it comes from the git remote.
    ...(repository === undefined ? {} : { repository }),
    // Stamps from before the repository was renamed or moved: ['old-owner/old-name'].
    formerly: [],
    manifest: 'manifest.json',
    diffs: 'diffs',
    // Rewritten by `dm publish`; null for none.
    page: 'docs/datasets.md',
    // How long what a publication gives up is kept.
    retention: '7d',
    diff: { lines: 500, maxDownload: '2GiB' },
    cache: { size: '10GiB' },
    compression: { level: 3 },
    git: { remote: 'origin', base: 'main' },
    fields: {
      temoaRepoHash: {
        pattern: '^[0-9a-fA-F]{4,40}$',
        prompt: 'Commit of Temoa that the database was made for',
        optional: true,
      },
    },
    pipelines: {
      prepare: (graph) => graph.after('inspect-database', checkTemoa),
    },
  }
})
