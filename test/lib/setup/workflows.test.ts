import { defaultLoaders } from 'cosmiconfig'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { renderWorkflows } from '../../../lib/setup/workflows.ts'

const test = suite('lib/setup/workflows')

interface Workflow {
  readonly on: { readonly push?: { readonly branches: unknown[]; readonly paths: unknown[] } }
  readonly jobs: Readonly<Record<string, Job>>
}

interface Job {
  readonly if: string
  readonly steps: readonly { readonly name?: string; readonly if?: string }[]
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
    const [publish, ...others] = render(name, name) as [Workflow, ...Workflow[]]
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

test.run()
