import type { ConfigProblem } from '../../config/rules.ts'
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
    hint: () =>
      'Check the path given with --config, the rights of the file, and where a link leads.',
  }),
  DM_CONFIG_UNREADABLE: define<{ file: string; endings: readonly string[] }>({
    exit: 2,
    message: ({ file }) => `${file} looks like a config, but dm does not read files of its kind.`,
    hint: ({ file, endings }) => `Rewrite or remove ${file}; dm reads ${endings.join(', ')}.`,
  }),
  DM_CONFIG_SEVERAL: define<{ folder: string; files: readonly string[] }>({
    exit: 2,
    message: ({ folder, files }) => `${folder} holds more than one config: ${files.join(', ')}.`,
    hint: () => 'Keep one of them, or say which with --config.',
  }),
  DM_CONFIG_THROWS: define<{ source: string; reason: string; at?: string | null }>({
    exit: 2,
    message: ({ source, reason, at = null }) =>
      `${source} cannot be loaded: ${reason}${at === null ? '' : ` (${at})`}`,
    hint: ({ source, at }) => `Correct ${at ?? source}; -v shows where it failed.`,
  }),
  DM_CONFIG_UNSETTLED: define<{ source: string; seconds: number }>({
    exit: 2,
    message: ({ source, seconds }) => `${source} was not loaded after ${seconds} s.`,
    hint: () => 'Look for an await in it that never ends, such as a request without a time limit.',
  }),
  DM_CONFIG_NO_EXPORT: define<{ source: string }>({
    exit: 2,
    message: ({ source }) =>
      `${source} gives no config: it is empty, or exports or returns nothing.`,
    hint: () =>
      'Write: export default defineConfig({ … }), or {} for all defaults in JSON or YAML.',
  }),
  DM_ENV_FILE: define<{ folder: string; reason: string }>({
    exit: 2,
    message: ({ folder, reason }) => `The file .env in ${folder} cannot be read (${reason}).`,
    hint: () => 'See to its rights, or remove it.',
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
