import type { Option } from './operation.ts'

/** The names of an option as they are typed, in the order of its flags: `-m`, `--message`. */
export function namesOf({ flags }: Pick<Option, 'flags'>): string[] {
  return flags.replace(/<.*>/, '').match(/--?[\w-]+/g) ?? []
}

/** Whether a value follows it. */
export function takesValue({ flags }: Pick<Option, 'flags'>): boolean {
  return flags.includes('<')
}
