/** What is to be undone at the end, the last first. */
export interface Cleanup {
  readonly add: (undo: () => void | Promise<void>) => void
  /** All of it, also where some fail. @throws the first failure, at the end */
  readonly run: () => Promise<void>
}

export function createCleanup(): Cleanup {
  const undos: (() => void | Promise<void>)[] = []
  return {
    add: (undo) => void undos.push(undo),
    async run() {
      const failures: unknown[] = []
      for (let undo = undos.pop(); undo !== undefined; undo = undos.pop()) {
        try {
          await undo()
        } catch (error) {
          failures.push(error)
        }
      }
      if (failures.length > 0) throw failures[0]
    },
  }
}
