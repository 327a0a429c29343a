import type { ForEach } from './nodes.ts'
import type { Step } from './step.ts'

/** One line for a step: `hash-file  Hash the file (required, changes things)`. */
export function describeStep(step: Step): string {
  const marks = [step.required ? 'required' : '', step.mutates ? 'changes things' : '']
  const suffix = marks.filter(Boolean).join(', ')
  return `${step.id}: ${step.title}${suffix === '' ? '' : ` (${suffix})`}`
}

/** One line for a loop: what it runs over and how. */
export function describeForEach(node: ForEach): string {
  const how = node.concurrency === 1 ? 'one by one' : `${node.concurrency} at a time`
  const failures = node.onError === 'collect' ? ', a failure stops only its item' : ''
  return `for each of ${node.list}, ${how}${failures}`
}
