/**
 * Gives back the memory of a buffer that nobody uses any more. It would be given back by the garbage
 * collector, too: but where much data streams through, that would be busy all the time for it.
 *
 * @param capacity size of the memory that the buffer is a part of, in bytes; where it is another one, some
 *   of it may be somebody else's, and nothing is done
 */
export function freeBuffer({ buffer }: Buffer, capacity: number): void {
  if (buffer instanceof ArrayBuffer && buffer.byteLength === capacity) buffer.transfer(0)
}
