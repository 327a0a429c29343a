// Builds what is published: a bundle split into chunks, so that a command loads only what it needs,
// and the type declarations of the package's entry point.
import { execFileSync } from 'node:child_process'
import { rmSync } from 'node:fs'
import path from 'node:path'
import { rolldown } from 'rolldown'

const root = path.dirname(import.meta.dirname)
rmSync(path.join(root, 'dist'), { recursive: true, force: true })

const bundle = await rolldown({
  cwd: root,
  input: { main: 'tasks/main.ts', index: 'lib/index.ts' },
  platform: 'node',
})
await bundle.write({
  dir: path.join(root, 'dist'),
  format: 'esm',
  minify: true,
  entryFileNames: '[name].js',
  chunkFileNames: '[name]-[hash].js',
})
await bundle.close()

execFileSync('tsc', ['-p', 'tsconfig.build.json'], {
  cwd: root,
  stdio: 'inherit',
  env: {
    ...process.env,
    PATH: `${path.join(root, 'node_modules/.bin')}${path.delimiter}${process.env['PATH']}`,
  },
})
