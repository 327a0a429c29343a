import { findSide } from '../../lib/diff/find-side.ts'
import { defineStep } from '../../lib/graph/step.ts'

export const findSides = defineStep({
  id: 'find-sides',
  title: 'Find what is to be compared',
  needs: ['project', 'knownVersions', 'diffBefore', 'diffAfter'],
  provides: ['diffSides'],
  async run({ project, knownVersions, diffBefore, diffAfter }) {
    const { config, cwd, root } = project
    const place = { known: knownVersions, staging: config.staging, cwd, root }
    return { diffSides: [await findSide(diffBefore, place), await findSide(diffAfter, place)] }
  },
})
