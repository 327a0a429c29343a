/** Counts the bytes of a transfer whose parts run in parallel and may be sent again. */
export interface TransferProgress {
  /** Adds bytes; a negative number takes back those of a failed attempt. */
  add(bytes: number): void
}

/** Reports what is done of `total`; never less than what it reported before. */
export function createProgress(
  total: number,
  report: ((done: number, total: number) => void) | undefined,
): TransferProgress {
  let done = 0
  let reported = -1
  return {
    add(bytes) {
      done += bytes
      if (done <= reported) return
      reported = done
      report?.(done, total)
    },
  }
}
