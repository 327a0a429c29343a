import { type ManifestProblem, MAX_PROBLEMS } from '../../manifest/problem.ts'
import { shellQuote } from '../../format/text.ts'
import { define } from '../define.ts'

/** More than this many problems are counted, not listed. */
const LISTED_PROBLEMS = 50

const describeProblem = (source: string, problem: ManifestProblem): string => {
  const { line, column, path, reason } = problem
  return `${source}:${line}:${column} ${path === '' ? reason : `${path}: ${reason}`}`
}

const describeProblems = (source: string, problems: readonly ManifestProblem[]): string => {
  const listed = problems.slice(0, LISTED_PROBLEMS).map((p) => `\n  ${describeProblem(source, p)}`)
  const more = problems.length - LISTED_PROBLEMS
  return listed.join('') + (more > 0 ? `\n  … and ${more} more` : '')
}

const countProblems = (count: number): string => {
  if (count === 1) return '1 problem'
  return count < MAX_PROBLEMS ? `${count} problems` : `${count} problems or more`
}

/** The file of `data/manifest.json in 1a2b3c4`, as a word of a shell. */
const fileOf = (source: string): string =>
  shellQuote(source.replace(/^The proposed /, '').replace(/ in [0-9a-f]{7,}$/, ''))

/** Failures of reading and editing the manifest. */
export const manifestErrors = {
  DM_MANIFEST_INVALID: define<{ source: string; problems: readonly ManifestProblem[] }>({
    exit: 3,
    message: ({ source, problems }) =>
      `${source} is not a valid manifest: ${countProblems(problems.length)}.${describeProblems(source, problems)}`,
    hint: ({ source }) =>
      `Correct these places, or take back the commit that broke them: git log -p -- ${fileOf(source)}`,
  }),
  DM_MANIFEST_LFS_POINTER: define<{ source: string }>({
    exit: 3,
    message: ({ source }) =>
      `${source} is a Git LFS pointer, not the manifest itself: the manifest must be an ordinary file in git.`,
    hint: ({ source }) => {
      const file = fileOf(source)
      return `Run: git lfs pull && git lfs untrack ${file} && git add --renormalize .gitattributes ${file}, and commit. Where .gitattributes has a wider pattern, add the line '${file} !filter !diff !merge text' below it.`
    },
  }),
  DM_MANIFEST_ENTRY_EXISTS: define<{ dataset: string; version: string }>({
    exit: 2,
    message: ({ dataset, version }) => `The dataset '${dataset}' already has a version ${version}.`,
    hint: () => 'Run the command again: it takes the next free number of the base as it is now.',
  }),
  DM_MANIFEST_ENTRY_PUBLISHED: define<{ dataset: string; version: string }>({
    exit: 2,
    message: ({ dataset, version }) =>
      `Version ${version} of '${dataset}' is published already; a published entry stays as it is.`,
    hint: ({ dataset, version }) =>
      `What is published is not withdrawn. Go back to the bytes of an older one (dm rollback ${shellQuote(dataset)} --to vN), or delete it: dm delete ${shellQuote(`${dataset}@${version}`)}`,
  }),
  DM_MANIFEST_FIELD_RESERVED: define<{ field: string }>({
    exit: 2,
    message: ({ field }) => `'${field}' is a field of the manifest's own and cannot be set.`,
    hint: () => `Give the field another name under 'fields' in the config.`,
  }),
  DM_NAME_INVALID: define<{ name: string; rule: string; suggestion: string | undefined }>({
    exit: 2,
    message: ({ name, rule }) => `'${name}' cannot be the name of a new dataset: it ${rule}.`,
    hint: ({ suggestion }) =>
      suggestion === undefined
        ? 'Use letters, digits, dots, underscores and hyphens, and end in .sqlite, such as model.sqlite.'
        : `Use '${suggestion}'.`,
  }),
}
