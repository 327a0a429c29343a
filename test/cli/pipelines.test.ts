import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { type Graph, graph } from '../../lib/graph/graph.ts'
import { forEach, parallel, stepsOf } from '../../lib/graph/nodes.ts'
import { defineStep, type Step } from '../../lib/graph/step.ts'
import { graphOf } from '../../lib/graph/operation.ts'
import { locateProject, openProject } from '../../lib/config/open-project.ts'
import prepare from '../../tasks/prepare.ts'
import { createDataRepository, type DataRepository } from '../helpers/data-repository.ts'
import { createTemoaDatabase } from '../helpers/databases.ts'
import { dmFailure, dmJson } from '../helpers/dm-here.ts'
import { failure } from '../helpers/failure.ts'
import { inFolder } from '../helpers/in-folder.ts'
import { repositoryState } from '../helpers/repository-state.ts'

const test = suite('graphs that a config changes')

/** A config whose `pipelines` are these, with a step that ends the run and one that does nothing. */
const config = (pipelines: string): string => `
  import { defineConfig, defineStep, done } from '@openenergyoutlook/datamanager'
  const step = (id, run = () => ({}), more = {}) =>
    defineStep({ id, title: id, needs: [], provides: [], run, ...more })
  const ends = step('ends', () => done('enough'), { mayEnd: true })
    export default defineConfig({ pipelines: { ${pipelines} } })`

interface Scene extends DataRepository {
  readonly file: string
  /** The options for a config with these pipelines. */
  readonly configured: (pipelines: string) => Promise<string[]>
  /** Runs it with these pipelines: it must fail so, with nothing done. Returns the message. */
  readonly refused: (pipelines: string, code: string, ...args: string[]) => Promise<string>
}

function onRepository(body: (scene: Scene) => Promise<void>): () => Promise<void> {
  return () =>
    inFolder(async (folder) => {
      const repository = await createDataRepository(folder)
      const { work, remote } = repository
      const file = await createTemoaDatabase(folder)
      await dmJson(work.folder, ['prepare', 'old.sqlite', file])
      await repository.merge('data/old-v1')
      let count = 0
      const configured: Scene['configured'] = async (pipelines) => {
        // Another name each time: node keeps what it has imported.
        const name = `config-${++count}.mjs`
        await work.write({ [name]: config(pipelines) })
        return ['--config', name]
      }
      const refused: Scene['refused'] = async (pipelines, code, ...args) => {
        const words = [...args, ...(await configured(pipelines))]
        const state = async (): Promise<unknown> => [
          await repositoryState(work),
          await remote.git('for-each-ref'),
        ]
        const before = await state()
        const { message } = await dmFailure(work.folder, words, { exit: 2, code })
        assert.equal(await state(), before)
        return message
      }
      await body({ ...repository, file, configured, refused })
    })
}

test(
  'a team’s step cannot end a run before what keeps data safe',
  onRepository(async ({ work, file, configured, refused }) => {
    const args = ['prepare', 'new.sqlite', file]
    for (const [pipelines, ...words] of [
      ["prepare: (g) => g.before('check-target', ends)", ...args],
      ["prepare: (g) => g.after('find-existing', ends)", ...args],
      ["prepare: (g) => g.before('find-existing', ends)", ...args, '--dry-run'],
      ["publish: (g) => g.before('plan-publication', ends)", 'publish'],
      ["publish: (g) => g.before('finalize-manifest', ends)", 'publish'],
    ] as const) {
      assert.match(await refused(pipelines, 'DM_STEP_ENDED', ...words), "'ends'", pipelines)
    }
    const last = await configured("prepare: (g) => g.after('confirm-staged', ends)")
    await dmJson(work.folder, [...args, ...last])
  }),
)

test('what keeps data safe cannot be left out, put elsewhere or changed by any way', async () => {
  const project = await openProject(await locateProject({ cwd: '/', root: '/', env: {} }))
  const step = (id: string, needs: never[] = []): Step =>
    defineStep({ id, title: id, needs, provides: [], run: () => ({}) })
  const steps = stepsOf(prepare.graph.node)
  const confirm = steps.find(({ id }) => id === 'confirm-staged') as Step
  const nodes = prepare.graph.node.nodes
  const loop = { as: 'publication', into: 'promotions', title: String } as const
  const skipped = { ...confirm, skip: () => ({ reason: 'x', facts: {} }) }
  for (const [pipeline, code] of [
    [(g) => g.without('stage-file'), 'DM_GRAPH_REQUIRED_STEP'],
    [(g) => g.replace('identify-author', step('identify-author')), 'DM_GRAPH_REQUIRED_STEP'],
    [() => graph('prepare', [step('x')]), 'DM_GRAPH_INVALID'],
    [() => graph('prepare', nodes.toReversed()), 'DM_GRAPH_INVALID'],
    [() => graph('prepare', [parallel(...nodes)]), 'DM_GRAPH_INVALID'],
    [() => graph('prepare', [forEach('fieldOptions', nodes, loop)]), 'DM_GRAPH_INVALID'],
    [
      () =>
        graph(
          'prepare',
          nodes.map((node) => (node === confirm ? skipped : node)),
        ),
      'DM_GRAPH_INVALID',
    ],
    [(g) => Object.assign(confirm, skipped) && g, 'DM_CONFIG_THROWS'],
    [() => undefined as unknown as Graph, 'DM_CONFIG_PIPELINE_RESULT'],
  ] as const satisfies readonly [(g: Graph) => Graph, string][]) {
    const changed = { ...project, config: { ...project.config, pipelines: { prepare: pipeline } } }
    await failure(code, () => graphOf(prepare, changed, ['prepare']))
  }
  assert.ok(graphOf(prepare, project, ['prepare']))
})

test(
  'what cannot run is neither asked about, nor run, nor drawn',
  onRepository(async ({ work, file, configured, refused }) => {
    const needs =
      "prepare: (g) => g.before('hash-file', step('early', undefined, { needs: ['database'] }))"
    const message = "step 'early' needs 'database', which no earlier step provides"
    assert.match(await refused(needs, 'DM_GRAPH_INVALID', 'prepare', 'a.sqlite', file), message)
    assert.match(await refused(needs, 'DM_GRAPH_INVALID', 'graph', 'prepare'), message)
    const lost = "pull: (g) => g.without('choose-version')"
    await refused(lost, 'DM_GRAPH_INVALID', 'graph', 'pull')
    const bare = "list: (g) => g.without('list-datasets')"
    const result = "the result needs 'datasets', which no step provides"
    assert.match(await refused(bare, 'DM_GRAPH_INVALID', 'list'), result)
    await dmJson(work.folder, ['graph', 'prepare', ...(await configured(''))])
  }),
)

test.run()
