import type { Test } from 'uvu'
import { registerCopying } from './conformance/copying.ts'
import { registerFreshening } from './conformance/freshening.ts'
import { registerListing } from './conformance/listing.ts'
import { registerReading } from './conformance/reading.ts'
import type { StoreKind } from './conformance/store-fixture.ts'
import { registerWriting } from './conformance/writing.ts'

/** What every store must do: adds the tests to a suite, to be run on one kind of store. */
export function registerConformance(test: Test, kind: StoreKind): void {
  registerReading(test, kind)
  registerWriting(test, kind)
  registerCopying(test, kind)
  registerListing(test, kind)
  registerFreshening(test, kind)
}
