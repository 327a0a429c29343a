/** What the workflows of a data repository depend on. */
export interface WorkflowSettings {
  /** The branch that counts. */
  readonly base: string
  /** The manifest's path. */
  readonly manifest: string
  /** The names of the variables that hold the publisher's keys: secrets of the same names. */
  readonly secrets: readonly string[]
}

/**
 * The workflows for GitHub Actions, by their paths: one that checks what is proposed, one that publishes
 * what was merged, and two that run every week.
 */
export function renderWorkflows(settings: WorkflowSettings): Readonly<Record<string, string>> {
  return {
    '.github/workflows/publish.yml': publish(settings),
    '.github/workflows/check.yml': check(settings),
    '.github/workflows/cleanup.yml': cleanup(settings),
    '.github/workflows/audit.yml': audit(settings),
  }
}

// A tag can be moved; these are the commits of the releases that stand behind them.
const checkout = 'actions/checkout@11bd71901bbe5b1630ceea73d27597364c9af683 # v4.2.2'
const setupNode = 'actions/setup-node@49933ea5288caeca8642d1e84afbd3f7d6820020 # v4.4.0'

/** Only to hold one that is proposed against it: read-only keys of staging, as repository secrets. */
const STAGING = 'STAGING_'

function check({ base, secrets }: WorkflowSettings): string {
  return `# Holds every pull request against the rules. It runs with the rights of the base, and therefore checks
# out and runs the base alone: what is proposed is fetched as git objects, and read.
name: Check data

on:
  pull_request_target:
    branches: [${pattern(base)}]
    types: [opened, synchronize, reopened, labeled, unlabeled]

permissions: {}

# One after the other: they write the same comment.
concurrency:
  group: check-data-\${{ github.event.pull_request.number }}
  cancel-in-progress: false

jobs:
  check:
    name: Check data
    runs-on: ubuntu-24.04
    timeout-minutes: 60
    permissions:
      contents: read
      pull-requests: write # its comment, and the label that a new commit takes off
    steps:
      # Pinned by commit: a tag can be moved. Without 'ref' it is the base.
      - uses: ${checkout}
        with:
          fetch-depth: 0
      - uses: ${setupNode}
        with:
          node-version: 24
      - run: npm ci
      - name: Fetch what is proposed, as git objects
        run: git fetch --no-tags --quiet origin "+refs/pull/$NUMBER/head:refs/remotes/pull/head"
        env:
          NUMBER: \${{ github.event.pull_request.number }}
      # What a reviewer has accepted is not what comes later.
      - name: Take off the label of an older head
        if: "github.event.action == 'synchronize' && contains(github.event.pull_request.labels.*.name, 'data: accepted')"
        run: gh api --silent --method DELETE "repos/$GH_REPO/issues/$NUMBER/labels/data%3A%20accepted"
        env:
          GH_TOKEN: \${{ github.token }}
          GH_REPO: \${{ github.repository }}
          NUMBER: \${{ github.event.pull_request.number }}
      # --no: never fetches a package of that name.
      - name: Check
        run: npx --no dm check --base HEAD --head "$HEAD" --comment
        env:
          HEAD: \${{ github.event.pull_request.head.sha }}
          GITHUB_TOKEN: \${{ github.token }}
${stagingKeys(secrets)}`
}

/** A pull request from a fork is given none: the staged bytes are then not looked at, which is said. */
function stagingKeys(secrets: readonly string[]): string {
  if (secrets.length === 0) return ''
  const isOwn = 'github.event.pull_request.head.repo.full_name == github.repository'
  const lines = secrets.map(
    (name) => `          ${name}: \${{ ${isOwn} && secrets.${STAGING}${name} || '' }}\n`,
  )
  return `          # Keys that read staging, and nothing for forks.\n${lines.join('')}`
}

function publish({ base, manifest, secrets }: WorkflowSettings): string {
  return `name: Publish

on:
  push:
    branches: [${pattern(base)}]
    paths: [${pattern(manifest)}]
  workflow_dispatch:

permissions:
  contents: write # pushes the finished manifest

# One after the other, and none is stopped half way. Of several that wait, the newest is enough: it
# publishes everything that is pending.
concurrency:
  group: publish
  cancel-in-progress: false

jobs:
  publish:
    # Also where it is started by hand: only what is on ${base} is published.
    ${onlyBase(base)}
    runs-on: ubuntu-24.04
    timeout-minutes: 120
    # Holds the keys; in its settings, allow the branch ${base} only.
    environment: production
    steps:
${preparation}
      - name: Say who makes the commit
        run: |
          git config user.name 'github-actions[bot]'
          git config user.email '41898282+github-actions[bot]@users.noreply.github.com'
      - run: npm ci
      # --no: never fetches a package of that name. The keys are in this step's environment only.
      - name: Publish
        run: npx --no dm publish --json
${environment(secrets)}`
}

function cleanup({ base, secrets }: WorkflowSettings): string {
  return `# Every week: what was staged or given up long ago goes, and unfinished uploads with it.
name: Clean up

on:
  schedule:
    - cron: '17 3 * * 1'
  workflow_dispatch:

permissions:
  contents: read # looks at what branches and pull requests refer to

concurrency:
  group: cleanup
  cancel-in-progress: false

jobs:
  cleanup:
    ${onlyBase(base)}
    runs-on: ubuntu-24.04
    timeout-minutes: 60
    environment: production
    steps:
${preparation}
      - run: npm ci
      - name: Clean up
        run: npx --no dm cleanup
${environment(secrets)}`
}

function audit({ base, secrets }: WorkflowSettings): string {
  return `# Every week: all that is published is held against what lies in the buckets. An issue is opened
# where something is not as it should be.
name: Audit

on:
  schedule:
    - cron: '47 3 * * 1'
  workflow_dispatch:

permissions:
  contents: read
  issues: write # opens the issue

concurrency:
  group: audit
  cancel-in-progress: false

jobs:
  audit:
    ${onlyBase(base)}
    runs-on: ubuntu-24.04
    timeout-minutes: 120
    environment: production
    steps:
${preparation}
      - run: npm ci
      - name: Audit
        id: audit
        run: |
          code=0
          npx --no dm audit || code=$?
          echo "code=$code" >> "$GITHUB_OUTPUT"
          exit "$code"
${environment(secrets)}      # 3: it found something; anything else is a failure of the audit itself. What it found stands in
      # the log alone: names of files in a bucket are not for everybody who can read issues.
      - name: Open an issue
        if: failure() && steps.audit.outputs.code == '3'
        run: |
          title='dm audit found something that is not as it should be'
          open=$(gh issue list --state open --limit 1000 --json title --jq '.[].title')
          if ! grep -qxF "$title" <<< "$open"; then
            gh issue create --title "$title" --body "What it is: $RUN"
          fi
        env:
          GH_TOKEN: \${{ github.token }}
          GH_REPO: \${{ github.repository }}
          RUN: \${{ github.server_url }}/\${{ github.repository }}/actions/runs/\${{ github.run_id }}
`
}

const preparation = `      # Pinned by commit: a tag can be moved.
      - uses: ${checkout}
      - uses: ${setupNode}
        with:
          node-version: 24`

function onlyBase(base: string): string {
  return `if: ${plain(`github.ref == 'refs/heads/${base.replaceAll("'", "''")}'`, /^[\w./' =-]+$/)}`
}

/** Of a step; nothing where no keys are needed. */
function environment(secrets: readonly string[]): string {
  if (secrets.length === 0) return ''
  const lines = secrets.map((name) => `          ${name}: \${{ secrets.${name} }}\n`)
  return `        env:\n${lines.join('')}`
}

/** A path or a branch, where GitHub expects a pattern. */
function pattern(text: string): string {
  return plain(text.replaceAll(/[*?+![\]\\]/g, String.raw`\$&`), /^[a-z][\w./-]*$/i)
}

/** A text in YAML: as it is where that means the text, else in quotes. */
function plain(text: string, safe: RegExp): string {
  const isWord = /^(?:true|false|null|yes|no|on|off|y|n)$/i.test(text)
  return safe.test(text) && !isWord ? text : `'${text.replaceAll("'", "''")}'`
}
