import { define } from '../define.ts'
import { shellQuote } from '../../format/text.ts'

const listed = (written: readonly string[]): string =>
  written.length === 0 ? 'Nothing has been written.' : `Already written: ${written.join(', ')}.`

/** Failures of setting up a data repository. */
export const setupErrors = {
  DM_SETUP_INSIDE: define<{ folder: string; root: string }>({
    exit: 2,
    message: ({ folder, root }) => `${folder} is inside the data repository ${root}.`,
    hint: ({ root }) =>
      `To complete that one, run: dm init -C ${shellQuote(root)}. To make another one, give this folder a git repository of its own first: git init -b main`,
  }),
  DM_SETUP_IN_THE_WAY: define<{ path: string; what: string }>({
    exit: 2,
    message: ({ path, what }) => `${path} is ${what}, where init needs a place of its own.`,
    hint: ({ path }) => `Move ${path} away, and run dm init again; nothing has been written.`,
  }),
  DM_SETUP_INCOMPLETABLE: define<{ path: string; reason: string }>({
    exit: 2,
    message: ({ path, reason }) => `${path} cannot be completed: ${reason}.`,
    hint: ({ path }) => `Mend ${path}, and run dm init again; nothing has been written.`,
  }),
  DM_SETUP_WRITE: define<{ path: string; reason: string; written: readonly string[] }>({
    exit: 1,
    message: ({ path, reason, written }) =>
      `${path} cannot be written (${reason}). ${listed(written)}`,
    hint: () =>
      'See to the rights and the room there, and run dm init again: it keeps what is there already.',
  }),
}
