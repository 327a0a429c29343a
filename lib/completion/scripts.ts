export const shells = ['bash', 'zsh', 'fish'] as const

export type Shell = (typeof shells)[number]

/** The command, hidden from the help, that shells ask for candidates. */
export const COMPLETE = '__complete'

/** A line of its answer: the shell is to complete the path of a file. */
export const FILES = ':files'

/**
 * A script that teaches a shell to complete dm's command lines. It asks dm itself at every Tab, so it
 * need not be made again when dm changes. What dm answers is inserted as a text, never evaluated; and dm
 * is run as it is typed only where that names a command, no file.
 */
export function completionScript(shell: Shell): string {
  return scripts[shell]
}

const scripts: Readonly<Record<Shell, string>> = {
  bash: `# Completion of dm for bash. In ~/.bashrc: eval "$(dm completion bash)"
_dm() {
  local program=$1 line
  [[ $program == */* ]] && program=dm
  COMPREPLY=()
  while IFS= read -r line; do
    if [[ $line == ${FILES} ]]; then
      compopt -o default 2>/dev/null
    else
      COMPREPLY+=("$line")
    fi
  done < <("$program" ${COMPLETE} bash "\${COMP_LINE:0:COMP_POINT}" "$COMP_WORDBREAKS" 2>/dev/null)
}
complete -F _dm dm datamanager
`,
  zsh: `#compdef dm datamanager
# Completion of dm for zsh. In ~/.zshrc, after compinit: eval "$(dm completion zsh)"
_dm() {
  local program=$words[1] line value
  local -a values said shown
  local -i width=0
  [[ $program == */* ]] && program=dm
  while IFS= read -r line; do
    if [[ $line == ${FILES} ]]; then
      _files
    elif [[ -n $line ]]; then
      value="\${line%%$'\\t'*}"
      (( $#value > width )) && width=$#value
      values+=("$value")
      said+=("\${line#*$'\\t'}")
    fi
  done < <("$program" ${COMPLETE} zsh "\${(@Q)words[2,CURRENT-1]}" "\${(Q)PREFIX}" 2>/dev/null)
  (( $#values )) || return
  for value line in "\${(@)values:^said}"; do shown+=("\${(r:width:)value}  $line"); done
  compadd -l -d shown -a values
}
compdef _dm dm datamanager
`,
  fish: `# Completion of dm for fish. In ~/.config/fish/config.fish: dm completion fish | source
function __dm_complete
    set -l words (commandline -opc)
    set -l program $words[1]
    string match -q '*/*' -- $program; and set program dm
    set -l current (commandline -ct)
    for line in ($program ${COMPLETE} fish $words[2..-1] "$current" 2>/dev/null)
        if test "$line" = ${FILES}
            __fish_complete_path "$current"
        else
            printf '%s\\n' $line
        end
    end
end
complete -c dm -f -a '(__dm_complete)'
complete -c datamanager -f -a '(__dm_complete)'
`,
}
