import { defineStep } from '../../lib/graph/step.ts'
import { planSetup as plan } from '../../lib/setup/plan-setup.ts'
import { findRunningPackage, packageFolder } from '../../lib/setup/running-package.ts'

export const planSetup = defineStep({
  id: 'plan-setup',
  title: 'Plan what to write',
  needs: [
    ...(['site', 'env', 'github', 'storageKind', 'accountId', 'endpoint', 'region'] as const),
    ...(['storePath', 'stagingName', 'productionName', 'internalName'] as const),
  ],
  provides: ['setup'],
  required: true,
  async run({ site, env, github, storageKind, storePath, ...said }, { notice, signal }) {
    const { stagingName, productionName, internalName, ...details } = said
    const names = { staging: stagingName, production: productionName, internal: internalName }
    const choice = { kind: storageKind ?? 'embedded', ...details, path: storePath, ...names }
    const isSaid = [storageKind, storePath, ...Object.values(said)].some((one) => one !== undefined)
    const setup = await plan({
      site,
      running: await findRunningPackage(packageFolder),
      choice: isSaid ? choice : null,
      github,
      env,
      signal,
    })
    for (const sentence of setup.notices) notice(sentence)
    return { setup }
  },
})
