/**
 * What a `datamanager.config.ts` is written with.
 *
 * Everything here is plain data and functions without identity: it works whichever copy of the
 * package a config imports.
 */
export { defineConfig, r2 } from './config/define-config.ts'
export type { ConfigContext, ConfigExport, Environment } from './config/define-config.ts'

export type {
  BucketConfig,
  Config,
  CredentialNames,
  FieldConfig,
  StorageConfig,
} from './config/types.ts'
export { DmError } from './errors/dm-error.ts'
export { done } from './graph/step.ts'
export type { Done } from './graph/step.ts'
export type { FactName, Facts, Given, Need } from './graph/facts.ts'
export { graph } from './graph/graph.ts'
export type { Graph } from './graph/graph.ts'
export { forEach, parallel, sequence } from './graph/nodes.ts'
export type { ForEach, ItemOutcome, Node, Parallel, Part, Sequence } from './graph/nodes.ts'
export { defineStep } from './graph/step.ts'
export type { Progress, Skipped, Step, StepContext, StepDefinition } from './graph/step.ts'
