import { define } from '../define.ts'

export const runErrors = {}
