import type { PageFile } from './page-file.ts'

/**
 * Why nothing can be said page by page: the file is damaged, or made to deceive, or not as this code
 * believes files to be. `find-touched.ts` catches it, and the tables are compared whole.
 */
export class Doubt extends Error {
  override readonly name = 'Doubt'

  /** @param problem continues a sentence */
  constructor({ side }: PageFile, problem: string) {
    super(`in the file ${side}, ${problem}`)
  }
}

export function outOfOrder(file: PageFile, page: number): Doubt {
  return new Doubt(file, `the rowids of page ${page} are out of order`)
}
