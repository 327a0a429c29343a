import { shells } from '../lib/completion/scripts.ts'
import { graph } from '../lib/graph/graph.ts'
import { operation } from '../lib/graph/operation.ts'
import { completionReport } from './reports/completion.ts'
import { makeScript } from './steps/make-script.ts'

/** Prints what teaches a shell to complete command lines of dm. */
export default operation({
  name: 'completion',
  group: 'Set-up',
  offered: 'never',
  summary: 'Print the completion script of a shell',
  arguments: [
    { name: 'shell', fact: 'shell', description: 'the shell you type in', choices: [...shells] },
  ],
  examples: [
    'eval "$(dm completion bash)"  # .bashrc',
    'eval "$(dm completion zsh)"  # .zshrc, after compinit',
    'dm completion fish | source  # config.fish',
  ],
  inProject: false,
  graph: graph('completion', [makeScript]),
  report: completionReport,
  quick: true,
})
