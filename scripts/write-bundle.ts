import path from 'node:path'
import { rolldown, type RolldownOutput } from 'rolldown'

const root = path.dirname(import.meta.dirname)

/** Bundles the program and its library into a folder, in chunks: a command loads only what it needs. */
export async function writeBundle(dist: string): Promise<RolldownOutput['output']> {
  const bundle = await rolldown({
    cwd: root,
    input: {
      main: 'tasks/main.ts',
      index: 'lib/index.ts',
      'diff-worker': 'lib/diff/worker.ts',
      'compare-worker': 'lib/transfer/delta/compare-worker.ts',
    },
    platform: 'node',
  })
  const { output } = await bundle.write({
    dir: dist,
    format: 'esm',
    minify: true,
    entryFileNames: '[name].js',
    chunkFileNames: '[name]-[hash].js',
  })
  await bundle.close()
  return output
}
