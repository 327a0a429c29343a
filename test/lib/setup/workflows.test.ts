import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { validateWorkflow } from '@action-validator/core'
import { defaultLoaders } from 'cosmiconfig'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { renderWorkflows } from '../../../lib/setup/workflows.ts'

const test = suite('lib/setup/workflows')

interface Workflow {
  readonly on: {
    readonly pull_request_target?: { readonly branches: unknown[] }
    readonly push?: { readonly branches: unknown[]; readonly paths: unknown[] }
  }
  readonly permissions?: object
  readonly jobs: Readonly<Record<string, Job>>
}

interface Job {
  readonly if: string
  readonly permissions?: object
  readonly steps: readonly {
    readonly name?: string
    readonly if?: string
    readonly uses?: string
    readonly run?: string
    readonly with?: object
    readonly env?: Readonly<Record<string, string>>
  }[]
}

function render(base: string, manifest: string): Workflow[] {
  const files = Object.entries(renderWorkflows({ base, manifest, secrets: ['KEY'] }))
  return files.map(([file, text]) => defaultLoaders['.yml'](file, text) as Workflow)
}

/** The one text that a pattern of GitHub stands for; null: it stands for several. */
function meant(pattern: unknown): string | null {
  if (typeof pattern !== 'string') return null
  const isOpen = /[*?+![\]]/.test(pattern.replaceAll(/\\./g, ''))
  return isOpen ? null : pattern.replaceAll(/\\(.)/g, '$1')
}

test('a branch and a manifest of any name mean themselves, in YAML and to GitHub', () => {
  const branches = [
    "it's",
    'true',
    'no',
    '12',
    '#a',
    'a#b',
    '!a',
    'a+b',
    '"a"',
    'a,b]',
    '{a}',
    'é&c',
  ]
  const manifests = ['a[b].json', 'a\\b.json', 'a*?.json', "it's: here.json", 'null', '1.5', '- a']
  for (const name of [...branches, ...manifests]) {
    const [publish, check, ...others] = render(name, name) as [Workflow, Workflow, ...Workflow[]]
    assert.equal(check.on.pull_request_target?.branches.map(meant), [name])
    assert.equal(publish.on.push?.branches.map(meant), [name])
    assert.equal(publish.on.push?.paths.map(meant), [name])
    for (const { jobs } of [publish, ...others]) {
      for (const job of Object.values(jobs)) {
        const [, ref] = /^github\.ref == '((?:[^']|'')*)'$/.exec(job.if) ?? []
        assert.is(ref?.replaceAll("''", "'"), `refs/heads/${name}`)
      }
    }
  }
})

test('an issue is opened where the audit found something, not where it failed itself', () => {
  const steps = render('main', 'manifest.json').flatMap(({ jobs }) => jobs['audit']?.steps ?? [])
  const issue = steps.find(({ name }) => name === 'Open an issue')
  assert.is(issue?.if, "failure() && steps.audit.outputs.code == '3'")
})

test('GitHub’s schema accepts them, and so it does those of this repository, which are the same', async () => {
  const secrets = ['R2_ACCOUNT_ID', 'R2_ACCESS_KEY_ID', 'R2_SECRET_ACCESS_KEY'].concat(
    ['PRODUCTION', 'STAGING', 'INTERNAL'].map((name) => `R2_${name}_BUCKET`),
  )
  const files = renderWorkflows({ base: 'main', manifest: 'manifest.json', secrets })
  for (const [file, text] of Object.entries(files)) {
    assert.equal(validateWorkflow(text).errors, [], file)
  }
  assert.ok(validateWorkflow('on: push\njobs: { a: { runs-onn: x } }\n').errors.length > 0)
  for (const name of ['check', 'publish']) {
    const file = `.github/workflows/${name}.yml`
    assert.is(await readFile(path.join(import.meta.dirname, '../../..', file), 'utf8'), files[file])
  }
})

test('what runs with the rights of the base checks out and runs nothing of a pull request', () => {
  const [, check] = render('main', 'manifest.json')
  const [job] = Object.values(check?.jobs ?? {})
  assert.equal(check?.permissions, {})
  assert.equal(job?.permissions, { contents: 'read', 'pull-requests': 'write' })
  // A job that is skipped counts as one that has passed.
  assert.is(job?.if, undefined)
  for (const { uses, run = '', with: given = {}, env = {} } of job?.steps ?? []) {
    assert.is('ref' in given || 'repository' in given, false)
    if (uses !== undefined) assert.match(uses, /^actions\/[\w-]+@[0-9a-f]{40}$/)
    // A title or a branch in a script would be run.
    assert.not.match(run, '${{')
    assert.not.match(run, /checkout|merge|pull\/.*npm/)
    for (const value of Object.values(env)) {
      if (!value.includes('secrets.')) continue
      assert.match(value, 'github.event.pull_request.head.repo.full_name == github.repository &&')
      assert.match(value, 'secrets.STAGING_KEY ||')
    }
  }
})

test.run()
