// Runs uvu test files in this process, one after the other, until a test fails:
//
//   node run-in-one-process.ts FOLDER FILE …
import path from 'node:path'

// Before uvu is loaded: nothing runs until it is told to.
Object.assign(globalThis, { UVU_DEFER: 1, UVU_INDEX: 0 })
const { exec } = await import('uvu')

const [folder = '.', ...files] = process.argv.slice(2)
for (const file of files) {
  Object.assign(globalThis, { UVU_QUEUE: [[file]] })
  await import(path.resolve(folder, file))
  await exec(true)
}
