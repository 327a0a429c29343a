import { findSide } from '../../lib/diff/find-side.ts'
import { defineStep } from '../../lib/graph/step.ts'

export const findSides = defineStep({
  id: 'find-sides',
  title: 'Find what is to be compared',
  needs: ['project', 'base', 'diffBefore', 'diffAfter'],
  provides: ['diffSides'],
  async run({ project, base: { manifest }, diffBefore, diffAfter }) {
    const place = { manifest, staging: project.config.staging, cwd: project.cwd }
    return { diffSides: [await findSide(diffBefore, place), await findSide(diffAfter, place)] }
  },
})
