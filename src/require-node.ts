// Imported first by every entry point: on an older Node the native part of the database ends the process without a word.
import { nodeVersionProblem } from './support/node-version.ts'

const problem = nodeVersionProblem(process.version)
if (problem !== undefined) throw new Error(problem)
