import type { ConfigProblem } from '../../config/problem.ts'
import { define } from '../define.ts'

const sentence = ({ path, problem, fix }: ConfigProblem): string =>
  `  ${path === '' ? 'The config' : path} ${problem}. ${fix}`

/** Failures of finding, loading and checking the config. */
export const configErrors = {
  DM_CONFIG_INVALID: define<{ source: string; problems: readonly ConfigProblem[] }>({
    exit: 2,
    message: ({ source, problems }) =>
      `${source} has ${problems.length === 1 ? 'a problem' : `${problems.length} problems`}:\n${problems.map(sentence).join('\n')}`,
    hint: ({ source }) => `Correct ${source}; nothing has been done.`,
  }),
  DM_CONFIG_MISSING: define<{ source: string }>({
    exit: 2,
    message: ({ source }) => `The config file ${source} does not exist or cannot be read.`,
    hint: () => 'Check the path given with --config.',
  }),
  DM_CONFIG_THROWS: define<{ source: string; reason: string }>({
    exit: 2,
    message: ({ source, reason }) => `${source} cannot be loaded: ${reason}`,
    hint: ({ source }) => `Correct ${source}; -v shows where it failed.`,
  }),
  DM_CONFIG_NO_EXPORT: define<{ source: string }>({
    exit: 2,
    message: ({ source }) => `${source} has no default export.`,
    hint: () => 'Write: export default defineConfig({ … })',
  }),
  DM_CONFIG_UNKNOWN_PIPELINE: define<{ source: string; name: string; known: readonly string[] }>({
    exit: 2,
    message: ({ source, name }) => `${source}: 'pipelines' names the unknown operation '${name}'.`,
    hint: ({ known }) => `The operations are: ${known.join(', ')}.`,
  }),
  DM_CONFIG_PIPELINE_RESULT: define<{ source: string; name: string }>({
    exit: 2,
    message: ({ source, name }) => `${source}: 'pipelines.${name}' does not return a graph.`,
    hint: () => 'Return what g.before(), g.after(), g.replace() or g.without() give.',
  }),
}
