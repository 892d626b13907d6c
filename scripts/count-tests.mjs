// Prints the counts of a vitest JSON report as its last line. Fails when no test ran.
import { readFileSync } from 'node:fs'

const {
  numPassedTests: passed,
  numFailedTests: failed,
  numFailedTestSuites: failedSuites,
} = JSON.parse(readFileSync(process.argv[2], 'utf8'))
// A file that does not even load counts no failed test, and must not pass as none.
const failures = failed > 0 ? failed : failedSuites
console.log(`${passed} passed, ${failures} failed`)
if (passed === 0) process.exitCode = 1
