/**
 * The package's entry point for types: what a config is written with, and the facts of dm's own
 * steps, so that a team's step can need them.
 */
export type * from './facts.ts'
export * from '../lib/index.ts'
