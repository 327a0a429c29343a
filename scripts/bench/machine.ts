import { cpus, totalmem } from 'node:os'

/** What a reader must know of the machine, and nothing that tells whose it is. */
export interface Machine {
  readonly cpu: string
  readonly cores: number
  readonly memoryGiB: number
  readonly system: string
}

export function describeMachine(): Machine {
  const processors = cpus()
  return {
    cpu: processors[0]?.model.trim() ?? 'unknown',
    cores: processors.length,
    memoryGiB: Math.round(totalmem() / 1024 ** 3),
    system: `${process.platform} ${process.arch}`,
  }
}

/** For a file's name: such as `amd-epyc-2-cores`. */
export function machineSlug({ cpu, cores }: Machine): string {
  const words = cpu.toLowerCase().replaceAll(/\((r|tm)\)|cpu|processor|@.*$/g, '')
  return `${words} ${cores} cores`.trim().replaceAll(/[^a-z0-9]+/g, '-')
}
