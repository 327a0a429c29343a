import { packFor } from '../../lib/change/pack-for.ts'
import { planStaging, stageFile as stage } from '../../lib/change/stage-file.ts'
import { DmError } from '../../lib/errors/dm-error.ts'
import type { Facts } from '../../lib/graph/facts.ts'
import { defineStep, type StepContext } from '../../lib/graph/step.ts'
import type { Packed } from '../../lib/transfer/pack/packed.ts'
import { readProposedEntry } from '../../lib/proposal/read-entry.ts'

export const stageFile = defineStep({
  id: 'stage-file',
  title: 'Upload to staging',
  needs: [
    ...(['project', 'repository', 'stores', 'base', 'database', 'target'] as const),
    ...(['change', 'entry', 'proposal', 'packed', 'compressed', 'push'] as const),
  ],
  provides: ['staged', 'sent'],
  required: true,
  mutates: true,
  async plan(facts, context) {
    const { key, sent } = await packAsProposed(facts, context)
    return { staged: await planStaging(facts.stores.staging, sent, key, context.signal), sent }
  },
  async run(facts, context) {
    const { project, repository, stores, target, push } = facts
    const { key, sent } = await packAsProposed(facts, context)
    const place = { key, bucket: target.bucket, retentionMs: project.config.retentionMs }
    const staged = await stage(stores.staging, sent, place, context)
    const { remote } = repository
    if (stores.isEmbedded && remote !== null && push) {
      context.notice(new DmError('DM_STORE_EMBEDDED', { remote }))
    }
    return { staged, sent }
  },
  changed: ({ staged }) => staged && `The bytes are in staging as ${staged.key}.`,
})

/** What proposes the same bytes already keeps the form that it has. */
async function packAsProposed(
  { project, repository, stores, base, target, packed, compressed, ...given }: Needed,
  context: StepContext,
): Promise<{ readonly key: string; readonly sent: Packed }> {
  const { manifest: path } = project.config
  const entry = await readProposedEntry(repository, given, path, context.signal)
  const made = [packed, compressed?.packed ?? null]
  const { manifest } = base
  const { dataset } = target
  const request = { project, stores, manifest, dataset, entry, database: given.database, made }
  return { key: entry.staging_key ?? '', sent: await packFor(request, context) }
}

type Needed = Pick<
  Facts,
  | 'project'
  | 'repository'
  | 'stores'
  | 'base'
  | 'target'
  | 'packed'
  | 'compressed'
  | 'database'
  | 'change'
  | 'entry'
  | 'proposal'
>
