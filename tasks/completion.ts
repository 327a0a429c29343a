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
  summary: 'Print a script by which a shell completes what you type',
  arguments: [
    { name: 'shell', fact: 'shell', description: 'the shell you type in', choices: [...shells] },
  ],
  examples: [
    'eval "$(dm completion bash)"   # in ~/.bashrc',
    'eval "$(dm completion zsh)"    # in ~/.zshrc, after compinit',
    'dm completion fish | source    # in ~/.config/fish/config.fish',
  ],
  inProject: false,
  graph: graph('completion', [makeScript]),
  report: completionReport,
  quick: true,
})
