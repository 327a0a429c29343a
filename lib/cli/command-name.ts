/** Options whose value is the next word; short ones may be combined, as in `-qC`. */
const withValue = /^(?:--cwd|--config|-[a-zA-Z]*C)$/

/** The command that is named on a command line, before anything is parsed; undefined: none. */
export function findCommandName(argv: readonly string[]): string | undefined {
  for (let index = 0; index < argv.length; index++) {
    const word = argv[index]
    if (word === undefined) return undefined
    if (withValue.test(word)) index++
    else if (word === '--') return argv[index + 1]
    else if (!word.startsWith('-')) return word
  }
  return undefined
}
