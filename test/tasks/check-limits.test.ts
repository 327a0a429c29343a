import { writeFile } from 'node:fs/promises'
import path from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { dmHere } from '../helpers/dm-here.ts'
import { type GitHubServer, startGitHub } from '../helpers/github-server.ts'
import { inFolder } from '../helpers/in-folder.ts'
import { find, reviewScene, upload } from '../lib/review/review-scene.ts'

const test = suite('the limits of dm check')

const recent = { timestamp: new Date().toISOString() }

interface Scene {
  readonly github: GitHubServer
  readonly pull: GitHubServer['pulls'][number]
  /** What the check says of an event, by default that a reviewer has set the label. */
  readonly check: (
    event?: object,
    ...options: string[]
  ) => Promise<Awaited<ReturnType<typeof dmHere>>>
}

function onPullRequest(body: (scene: Scene) => Promise<void>): () => Promise<void> {
  return () =>
    inFolder(async (folder) => {
      const { work } = await reviewScene(path.join(folder, 'work'), {
        third: {
          edit: (manifest) =>
            void find(manifest, 'model').history.unshift(upload('model', 'v3', recent)),
        },
      })
      const github = await startGitHub(folder)
      await work.git('remote', 'add', 'origin', `${github.url}/acme/data.git`)
      const config = path.join(work.folder, 'datamanager.config.json')
      await writeFile(config, JSON.stringify({ review: { maxChangedRows: 10 } }))
      const head = await work.git('rev-parse', 'third')
      const pull = {
        number: 1,
        title: 'T',
        body: '',
        state: 'open' as const,
        head: 'acme:third',
        base: 'main',
        labels: ['data: accepted'],
        sha: head,
        author: 'ada',
      }
      github.pulls.push(pull)
      Object.assign(github.permissions, {
        grace: 'write',
        ada: 'admin',
        eve: 'read',
        linus: 'write',
      })
      const file = path.join(folder, 'event.json')
      const check: Scene['check'] = async (event = {}, ...options) => {
        const usual = {
          action: 'labeled',
          label: { name: 'data: accepted' },
          sender: { login: 'grace' },
          pull_request: { number: 1, head: { sha: head } },
        }
        await writeFile(file, JSON.stringify({ ...usual, ...event }))
        const env = { ...github.env, GITHUB_ACTIONS: 'true', GITHUB_EVENT_PATH: file }
        return dmHere(
          work.folder,
          ['check', '--base', 'refs/heads/main', '--head', 'refs/heads/third', ...options],
          env,
        )
      }
      try {
        await body({ github, pull, check })
        assert.equal(github.problems, [])
      } finally {
        await github.close()
      }
    })
}

function said({ document }: Awaited<ReturnType<typeof dmHere>>): string {
  return JSON.stringify(document['problems'])
}

test(
  'what is beyond them waits for the label of a reviewer',
  onPullRequest(async ({ github, check }) => {
    const waiting = await check({ action: 'synchronize', label: null })
    assert.is(waiting.exit, 3)
    assert.match(said(waiting), 'DM_REVIEW_UNKNOWN')
    assert.equal(github.requests, [])
    const accepted = await check()
    assert.is(accepted.exit, 0)
    assert.is(accepted.document['acceptedBy'], 'grace')
  }),
)

test(
  'nothing that its author alone can do lifts them',
  onPullRequest(async ({ github, pull, check }) => {
    const refused = async (event: object, why: string): Promise<void> => {
      const { exit, document } = await check(event)
      assert.is(exit, 3, why)
      assert.match(JSON.stringify(document['problems']), why)
    }
    await refused({ sender: { login: 'ada' } }, 'its author set it')
    await refused({ action: 'synchronize' }, 'DM_REVIEW_UNKNOWN')
    pull.labels = []
    await refused({}, 'taken off again')
    pull.labels = ['data: accepted']
    assert.is((await check()).exit, 0)
    assert.ok(github.requests.length > 0)
  }),
)

test(
  'the check is said in one comment, which is rewritten, and is the workflow’s own',
  onPullRequest(async ({ github, check }) => {
    const marker = '<!-- datamanager:check -->'
    github.comments.push({
      id: 1,
      number: 1,
      login: 'eve',
      type: 'User',
      body: `${marker}\nAll is well`,
    })
    await check({ action: 'synchronize', label: null }, '--comment')
    assert.is(github.comments.length, 2)
    assert.is(github.comments[0]?.body, `${marker}\nAll is well`)
    const own = github.comments[1]
    assert.match(own?.body ?? '', '### ❌ 1 thing must be corrected')
    const written = (): number => github.requests.filter(({ method }) => method !== 'GET').length
    const before = written()
    await check({ action: 'synchronize', label: null }, '--comment')
    assert.is(written(), before)
    await check({}, '--comment')
    assert.is(github.comments.length, 2)
    assert.match(own?.body ?? '', 'accepted by grace')
    await check({}, '--comment', '--dry-run')
    assert.is(written(), before + 1)
  }),
)

test(
  'where GitHub does not answer, they hold',
  onPullRequest(async ({ github, check }) => {
    github.refuse = () => ({ status: 404 })
    assert.is((await check()).code, 'DM_FORGE_NOT_FOUND')
  }),
)

test.run()
