import { menu } from '../lib/graph/operation.ts'

/** Leads through the other commands, question by question. */
export default menu({
  name: 'menu',
  group: 'Everyday',
  summary: 'Be led through everything that dm does',
  examples: ['dm', 'dm menu'],
})
