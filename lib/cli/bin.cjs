#!/usr/bin/env node
'use strict'
// CommonJS and old syntax throughout: a Node that is too old must get a sentence, not a syntax error.

var fs = require('fs')
var os = require('os')
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
  process.stdout.on('error', function (error) {
    if (error.code === 'EPIPE') return
    process.exitCode = 1
    process.stderr.write('dm: the version cannot be written: ' + error.code + '\n')
  })
  process.stdout.write(require('../../package.json').version + '\n')
} else {
  // Whatever ends before dm says how it went is a failure.
  process.exitCode = 1
  var cache = cacheFolder()
  if (cache !== undefined) require('module').enableCompileCache(cache)
  // The repository runs its sources; the published package holds only the bundle.
  var source = path.join(__dirname, '..', '..', 'tasks', 'main.ts')
  var entry = fs.existsSync(source) ? source : path.join(__dirname, '..', '..', 'dist', 'main.js')
  void import(require('url').pathToFileURL(entry).href).then(function (main) {
    return main.run()
  })
}

/** Where compiled code is kept: a folder that nobody else can write to; undefined: nowhere. */
function cacheFolder() {
  try {
    var given = process.env.XDG_CACHE_HOME
    var home = os.homedir()
    if (!given && !fs.existsSync(home)) return undefined
    var own = path.join(
      given && path.isAbsolute(given) ? given : path.join(home, '.cache'),
      'datamanager',
    )
    fs.mkdirSync(own, { recursive: true, mode: 448 }) // 0700
    var found = fs.lstatSync(own)
    var safe =
      found.isDirectory() &&
      (!process.getuid || (found.uid === process.getuid() && (found.mode & 18) === 0)) // 0022
    return safe ? path.join(own, 'compiled') : undefined
  } catch {
    return undefined
  }
}
