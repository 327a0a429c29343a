/**
 * A longest selection of numbers in which each is greater than the one before it.
 *
 * @returns the places of those that are selected, ascending; always the same for the same numbers
 */
export function longestAscending(numbers: Uint32Array): Uint32Array {
  // By patience sorting: for each length, where the selection ends that ends with the least number,
  // and for each number, where the one before it is.
  const ends = new Uint32Array(numbers.length)
  const before = new Uint32Array(numbers.length)
  let length = 0
  const numberAt = (end: number): number => numbers[ends[end] ?? 0] ?? 0
  for (let place = 0; place < numbers.length; place += 1) {
    const number = numbers[place] ?? 0
    let low = 0
    let high = length
    // Most come behind all that came before.
    if (length > 0 && numberAt(length - 1) < number) low = length
    while (low < high) {
      const middle = (low + high) >>> 1
      if (numberAt(middle) < number) low = middle + 1
      else high = middle
    }
    before[place] = low === 0 ? 0 : (ends[low - 1] ?? 0)
    ends[low] = place
    if (low === length) length += 1
  }
  const selected = new Uint32Array(length)
  let place = ends[length - 1] ?? 0
  for (let at = length - 1; at >= 0; at -= 1) {
    selected[at] = place
    place = before[place] ?? 0
  }
  return selected
}
