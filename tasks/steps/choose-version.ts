import { defineStep } from '../../lib/graph/step.ts'
import { chooseWanted } from '../../lib/pull/wanted.ts'

export const chooseVersion = defineStep({
  id: 'choose-version',
  title: 'Find the version',
  needs: ['project', 'source', 'datasetName', 'versionOption', 'refOption'],
  provides: ['wanted'],
  run({ project, source, datasetName, versionOption, refOption }) {
    const wanted = chooseWanted({
      manifest: source.manifest,
      name: datasetName,
      version: versionOption,
      staging: project.config.staging,
      proposed: refOption !== undefined,
    })
    return { wanted }
  },
})
