#!/usr/bin/env node
'use strict'
// CommonJS and old syntax throughout: a Node that is too old must get a sentence, not a syntax error.

var fs = require('fs')
var path = require('path')

var needed = 24
if (Number(process.versions.node.split('.')[0]) < needed) {
  process.stderr.write(
    'dm needs Node.js ' +
      needed +
      ' or newer; this is ' +
      process.versions.node +
      '. Install it from https://nodejs.org, or in the project: npm install --save-dev node@' +
      needed +
      '\n',
  )
  process.exitCode = 2
} else if (process.argv.length === 3 && process.argv[2] === '--version') {
  process.stdout.write(require('../../package.json').version + '\n')
} else {
  require('module').enableCompileCache()
  // The repository runs its sources; the published package holds only the bundle.
  var source = path.join(__dirname, 'main.ts')
  var entry = fs.existsSync(source) ? source : path.join(__dirname, '..', '..', 'dist', 'main.js')
  void import(require('url').pathToFileURL(entry).href).then(function (cli) {
    return cli.runProcess()
  })
}
