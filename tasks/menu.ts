import { menu } from '../lib/graph/operation.ts'

/** Leads through the other commands, question by question. */
export default menu({
  name: 'menu',
  group: 'Everyday',
  summary: 'Open the menu, which asks for everything',
  examples: ['dm', 'dm menu'],
})
