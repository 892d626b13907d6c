#!/usr/bin/env node
import { nodeVersionProblem } from '../support/node-version.ts'

// Nothing else is loaded before this is known to work: an older Node would die in the native part of the database without a word.
const problem = nodeVersionProblem(process.version)
if (problem === undefined) {
  const { main } = await import('./program.ts')
  process.exitCode = await main(process)
} else {
  process.stderr.write(`${problem}\n`)
  process.exitCode = 1
}
