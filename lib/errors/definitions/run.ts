import { define } from '../define.ts'
import { nearest } from '../nearest.ts'

/** Failures of graphs and of running them. */
export const runErrors = {
  DM_CACHE_UNUSABLE: define<{ path: string; reason: string }>({
    exit: 1,
    message: ({ path, reason }) => `The cache ${path} is not used: ${reason}.`,
    hint: () =>
      'Make it a folder that belongs to you and that nobody else can write to, or set XDG_CACHE_HOME to another place. Until then, dm works without a cache.',
  }),
  DM_SCRATCH_UNUSABLE: define<{ folder: string; reason: string }>({
    exit: 1,
    message: ({ folder, reason }) =>
      `The folder for temporary files, ${folder}, cannot be used: ${reason}.`,
    hint: () =>
      'Set TMPDIR to a folder that you can write to and that has room, then run the same command again.',
  }),
  DM_GRAPH_UNKNOWN_STEP: define<{ graph: string; step: string; known: readonly string[] }>({
    exit: 2,
    message: ({ graph, step }) => `The graph '${graph}' has no step '${step}'.`,
    hint: ({ graph, step, known }) => {
      const guess = nearest(step, known)
      return `${guess === undefined ? '' : `Did you mean '${guess}'? `}The steps of '${graph}' are: ${known.join(', ')}.`
    },
  }),
  DM_GRAPH_REQUIRED_STEP: define<{ graph: string; step: string; verb: string }>({
    exit: 2,
    message: ({ graph, step, verb }) =>
      `The step '${step}' of the graph '${graph}' keeps data safe and cannot be ${verb}.`,
    hint: () => 'Add your own steps before or after it instead.',
  }),
  DM_GRAPH_INVALID: define<{ graph: string; problems: readonly string[] }>({
    exit: 2,
    message: ({ graph, problems }) => `The graph '${graph}' cannot run: ${problems.join('; ')}.`,
    hint: ({ graph }) =>
      `Check what 'pipelines.${graph}' in the config adds and leaves out; 'dm graph ${graph}' shows the graph.`,
  }),
  DM_STEP_FACTS: define<{ step: string; problem: string }>({
    exit: 2,
    message: ({ step, problem }) => `The step '${step}' ${problem}.`,
    hint: () => `Let its 'run', 'plan' and 'skip' return exactly the facts listed in 'provides'.`,
  }),
  DM_STEP_ENDED: define<{ step: string; reason: string; problem: string }>({
    exit: 2,
    message: ({ step, reason, problem }) =>
      `The step '${step}' cannot end the run here ('${reason}'): ${problem}.`,
    hint: () =>
      `Let it return its facts and go on, or throw a DM_STEP_REFUSED; or put it where the run may end.`,
  }),
  DM_STEP_FAILED: define<{ step: string; reason: string }>({
    exit: 1,
    message: ({ step, reason }) => `The step '${step}' failed: ${reason}`,
    hint: () => 'Run the command again with -v to see the cause.',
  }),
  /** For a team's own steps. */
  DM_STEP_REFUSED: define<{ step: string; problem: string; remedy: string }>({
    exit: 3,
    message: ({ problem }) => `${problem}.`,
    hint: ({ remedy }) => remedy,
  }),
  DM_STALLED: define<object>({
    exit: 1,
    message: () => 'dm cannot go on: it waits for something that will never happen.',
    hint: () =>
      'See whether the config, or a step of your own, waits for something that never comes; where not, report it as a defect of dm.',
  }),
  DM_OUTPUT_LOST: define<{ reason: string }>({
    exit: 1,
    message: ({ reason }) => `The result could not be written to stdout: ${reason}.`,
    hint: () =>
      'Make room, or send the output elsewhere, and run the same command again: what it has done is not done twice.',
  }),
  DM_INTERNAL: define<{ reason: string }>({
    exit: 1,
    message: ({ reason }) => `Something unexpected happened: ${reason}`,
    hint: () => 'This is a defect of dm: report it with the output of the same command with -v.',
  }),
  DM_INTERRUPTED: define<{ signal: string }>({
    exit: 1,
    message: ({ signal }) => `Stopped by ${signal}.`,
    hint: () => 'Run the same command again: it continues where this one stopped.',
  }),
}
