import path from 'node:path'
import { DmError, isDmError } from '../errors/dm-error.ts'
import { shellQuote } from '../format/text.ts'
import { type LocalFile, openFile, readFileIdentity } from './file-identity.ts'

/**
 * Opens the file that a command line names beside a dataset. The caller closes the handle.
 *
 * @param cwd where the command was given, absolute
 * @throws as `openFile`; DM_USAGE where the two arguments are the wrong way round
 */
export async function openFileArgument(
  cwd: string,
  file: string,
  dataset: string,
): Promise<LocalFile> {
  try {
    return await openFile(path.resolve(cwd, file))
  } catch (error) {
    if (!isDmError(error, 'DM_FILE_MISSING')) throw error
    const isSwapped = await readFileIdentity(path.resolve(cwd, dataset)).then(
      () => true,
      () => false,
    )
    if (!isSwapped) throw error
    const problem = `There is no file '${file}', but '${dataset}' is one: the dataset's name comes first.`
    const hint = `Run: dm prepare ${shellQuote(file)} ${shellQuote(dataset)}`
    throw new DmError('DM_USAGE', { problem, hint }, { cause: error })
  }
}
