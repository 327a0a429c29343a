import { parseSync } from 'oxc-parser'

/** One small change of a source file that no test should let pass. */
export interface Mutant {
  /** What kind of change, for the table: `condition`, `boundary`, … */
  readonly kind: string
  /** Offsets of the text that goes, in UTF-16 units. */
  readonly start: number
  readonly end: number
  readonly replacement: string
}

/** A node of the syntax tree; only what is looked at here. */
interface Node {
  readonly type: string
  readonly start: number
  readonly end: number
  readonly [field: string]: unknown
}

/** Types vanish before the code runs; imports and exports only name things. */
const skipped = /^(?:TS(?!AsExpression|NonNull|Satisfies)|Import(?!Expression)|ExportAll)/

const comparisons: Readonly<Record<string, readonly string[]>> = {
  '<': ['<=', '>='],
  '<=': ['<', '>'],
  '>': ['>=', '<='],
  '>=': ['>', '<'],
  '===': ['!=='],
  '!==': ['==='],
}
const arithmetic: Readonly<Record<string, string>> = {
  '+': '-',
  '-': '+',
  '*': '/',
  '/': '*',
  '%': '*',
  '+=': '-=',
  '-=': '+=',
  '++': '--',
  '--': '++',
}
const swappedMethods: Readonly<Record<string, string>> = {
  some: 'every',
  every: 'some',
  find: 'findLast',
  findLast: 'find',
  indexOf: 'lastIndexOf',
  lastIndexOf: 'indexOf',
  startsWith: 'endsWith',
  endsWith: 'startsWith',
  min: 'max',
  max: 'min',
}
/** Calls that give something of the same kind as what they are called on. */
const droppedMethods = new Set(
  'filter slice take drop trim trimStart trimEnd toSorted sort toReversed toLowerCase toUpperCase flat concat replace replaceAll normalize'.split(
    ' ',
  ),
)
/** Sentences for people: whether each word is right, no test should say. */
const proseFields = new Set(['title', 'summary', 'examples', 'description'])

/** All mutants of a TypeScript source, in the order of its text. */
export function findMutants(file: string, source: string): Mutant[] {
  const mutants: Mutant[] = []
  const text = ({ start, end }: Node): string => source.slice(start, end)
  const add = (kind: string, { start, end }: Node, replacement: string): void => {
    if (source.slice(start, end) !== replacement) mutants.push({ kind, start, end, replacement })
  }

  function visit(node: Node, parent: Node | null): void {
    if (skipped.test(node.type)) return
    mutate(node, parent)
    for (const [field, value] of Object.entries(node)) {
      if (field === 'typeAnnotation' || field === 'typeArguments' || isName(node, field)) continue
      for (const child of Array.isArray(value) ? value : [value]) {
        if (isNode(child)) visit(child, node)
      }
    }
  }

  function mutate(node: Node, parent: Node | null): void {
    const child = (field: string): Node => node[field] as Node
    switch (node.type) {
      case 'IfStatement':
      case 'ConditionalExpression':
      case 'WhileStatement':
      case 'DoWhileStatement':
        condition(child('test'))
        break
      case 'ForStatement':
        if (node['test'] !== null) add('condition', child('test'), 'false')
        break
      case 'LogicalExpression':
        logical(node, child('left'), child('right'))
        break
      case 'BinaryExpression':
        binary(node, child('left'), child('right'))
        break
      case 'UnaryExpression':
        if (node['operator'] === '!' || node['operator'] === '-')
          add('negation', node, `(${text(child('argument'))})`)
        break
      case 'UpdateExpression':
      case 'AssignmentExpression':
        operator(node)
        break
      case 'Literal':
        literal(node, parent)
        break
      case 'TemplateLiteral':
        if (parent?.type !== 'TaggedTemplateExpression') add('text', node, '``')
        break
      case 'ArrayExpression':
        removeEach('element', node, node['elements'] as (Node | null)[])
        break
      case 'ObjectExpression':
        removeEach('property', node, node['properties'] as Node[])
        break
      case 'CallExpression':
        call(node, child('callee'))
        break
      case 'MemberExpression':
        if (node['optional'] === true) optional(node, child('object'))
        break
      case 'ExpressionStatement':
      case 'ThrowStatement':
      case 'BreakStatement':
      case 'ContinueStatement':
        add('statement', node, ';')
        break
      case 'ReturnStatement':
        if (isNode(node['argument'])) result(child('argument'))
        break
      case 'ArrowFunctionExpression':
        if (child('body').type !== 'BlockStatement') result(child('body'))
        break
      default:
    }
  }

  function condition(test: Node): void {
    for (const value of ['true', 'false']) add('condition', test, value)
  }

  function logical(node: Node, left: Node, right: Node): void {
    add('logic', node, text(left))
    add('logic', node, text(right))
    const swapped = node['operator'] === '||' ? '&&' : '||'
    // The parentheses keep the order of evaluation, and let ?? stand beside the others.
    if (node['operator'] !== '??')
      add('logic', node, `((${text(left)}) ${swapped} (${text(right)}))`)
  }

  function binary(node: Node, left: Node, right: Node): void {
    const sign = String(node['operator'])
    const others = comparisons[sign]
    if (others !== undefined) {
      for (const other of others) add('comparison', node, `${text(left)} ${other} ${text(right)}`)
      return
    }
    const other = arithmetic[sign]
    const joinsTexts = sign === '+' && [left, right].some(isText)
    if (other !== undefined && !joinsTexts)
      add('arithmetic', node, `${text(left)} ${other} ${text(right)}`)
  }

  function operator(node: Node): void {
    const sign = String(node['operator'])
    const other = arithmetic[sign]
    if (other !== undefined) add('arithmetic', node, text(node).replace(sign, other))
  }

  function literal(node: Node, parent: Node | null): void {
    const { value } = node
    if (typeof value === 'boolean') add('boolean', node, String(!value))
    else if (typeof value === 'number') add('number', node, String(value + 1))
    else if (typeof value === 'string') {
      if (!isProse(node, parent)) add('text', node, value === '' ? "'mutated'" : "''")
    } else if (isNode(node) && node['regex'] !== undefined) pattern(node)
  }

  function pattern(node: Node): void {
    const written = text(node)
    if (written.startsWith('/^')) add('pattern', node, written.replace('/^', '/'))
    if (/(?<!\\)\$\/[a-z]*$/.test(written))
      add('pattern', node, written.replace(/\$(\/[a-z]*)$/, '$1'))
  }

  /** Removes one part of a list at a time, with the comma after it. */
  function removeEach(kind: string, list: Node, parts: readonly (Node | null)[]): void {
    for (const [index, part] of parts.entries()) {
      if (part === null) continue
      const next = parts[index + 1]?.start ?? list.end - 1
      const rest = source.slice(part.end, next)
      const end = rest.includes(',') ? part.end + rest.indexOf(',') + 1 : part.end
      mutants.push({ kind, start: part.start, end, replacement: '' })
    }
  }

  function call(node: Node, callee: Node): void {
    if (callee.type !== 'MemberExpression' || callee['computed'] === true) return
    const [object, property] = [callee['object'] as Node, callee['property'] as Node]
    const name = text(property)
    const swapped = Object.hasOwn(swappedMethods, name) ? swappedMethods[name] : undefined
    if (swapped !== undefined) add('call', property, swapped)
    if (droppedMethods.has(name)) add('call', node, text(object))
    if (name === 'freeze' && text(object) === 'Object')
      add('call', node, (node['arguments'] as Node[]).map(text).join(', '))
  }

  function optional(node: Node, object: Node): void {
    const after = source.slice(object.end, node.end)
    add('optional', node, text(object) + after.replace('?.', node['computed'] === true ? '' : '.'))
  }

  function result(value: Node): void {
    if (/^(?:undefined|null|true|false|void 0)$/.test(text(value))) return
    add('result', value, 'undefined')
  }

  visit(parseSync(file, source).program as unknown as Node, null)
  return mutants.toSorted((a, b) => a.start - b.start || a.end - b.end)
}

function isNode(value: unknown): value is Node {
  return typeof value === 'object' && value !== null && 'type' in value && 'start' in value
}

/** Whether a field of a node holds a name, not something that is evaluated. */
function isName(node: Node, field: string): boolean {
  if (field === 'key') return node['computed'] !== true
  if (field === 'property') return node.type === 'MemberExpression' && node['computed'] !== true
  return field === 'label' || field === 'meta'
}

function isText({ type, value }: Node): boolean {
  return type === 'TemplateLiteral' || typeof value === 'string'
}

function isProse(node: Node, parent: Node | null): boolean {
  // A directive, such as 'use strict'.
  if (parent?.type === 'ExpressionStatement') return true
  if (parent?.type !== 'Property' || parent['value'] !== node) return false
  const key = parent['key'] as Node
  return proseFields.has(String(key['name'] ?? key['value']))
}
