import { readdirSync, readFileSync } from 'node:fs'

/**
 * How often the tree is looked at, in ms: at first often, for what ends soon; then rarely enough to cost
 * next to nothing on two cores.
 */
const [FIRST, LAST] = [2, 40]

const PAGE = 4096

/** The most that a tree of processes has had in memory at one time, in bytes. */
export interface MemoryWatch {
  readonly stop: () => number
}

/**
 * Watches a process and all that it has started, by Linux's /proc: the sum of what is resident, pages
 * that several share counted for each, and never less than the largest of them has had at its peak by
 * the kernel's own count. So it rather says too much than too little.
 */
export function watchMemory(pid: number): MemoryWatch {
  let most = 0
  const look = (): void => {
    let sum = 0
    for (const one of treeOf(pid)) {
      const { resident, peak } = memoryOf(one)
      sum += resident
      most = Math.max(most, peak)
    }
    most = Math.max(most, sum)
  }
  let interval = FIRST
  const lookAgain = (): void => {
    look()
    interval = Math.min(LAST, interval * 1.5)
    timer = setTimeout(lookAgain, interval)
  }
  let timer = setTimeout(lookAgain, interval)
  return {
    stop() {
      clearTimeout(timer)
      return most
    },
  }
}

/** The process and its descendants; those that end meanwhile are left out. */
function treeOf(pid: number): number[] {
  const found = [pid]
  for (const parent of found) {
    try {
      for (const task of readdirSync(`/proc/${parent}/task`)) {
        const children = readFileSync(`/proc/${parent}/task/${task}/children`, 'utf8')
        found.push(...children.split(' ').filter(Boolean).map(Number))
      }
    } catch {
      continue
    }
  }
  return found
}

function memoryOf(pid: number): { readonly resident: number; readonly peak: number } {
  try {
    const [, pages = '0'] = readFileSync(`/proc/${pid}/statm`, 'utf8').split(' ')
    const status = readFileSync(`/proc/${pid}/status`, 'utf8')
    const peak = Number(/VmHWM:\s+(\d+) kB/.exec(status)?.[1] ?? 0) * 1024
    return { resident: Number(pages) * PAGE, peak }
  } catch {
    return { resident: 0, peak: 0 }
  }
}
