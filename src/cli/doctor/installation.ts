import { readConfig } from '../../config/read.ts'
import { nodeVersionProblem } from '../../support/node-version.ts'
import { packageVersion } from '../../support/package.ts'
import type { Terminal } from '../terminal.ts'
import { type Finding, fail, finding, ok } from './finding.ts'

const REBUILD = 'run `npm rebuild better-sqlite3` with the Node that runs the guard'

/** Whether what the guard stands on is there. */
export const installation = (terminal: Terminal): readonly Promise<Finding>[] => [
  finding('node', () => {
    const problem = nodeVersionProblem(process.version)
    return problem === undefined ? ok('node', process.version) : fail('node', problem)
  }),
  finding('package', packageFinding),
  finding('environment', () => {
    readConfig({}, terminal.env)
    const set = Object.keys(terminal.env).filter((name) => name.startsWith('SENTINEL_'))
    return ok('environment', set.length === 0 ? 'no SENTINEL_ variable is set' : `${set.toSorted().join(', ')}`)
  }),
]

async function packageFinding(): Promise<Finding> {
  const versions = `sentinel-guard ${packageVersion()}`
  try {
    const { default: Database } = await import('better-sqlite3')
    const database = new Database(':memory:')
    const sqlite = database.prepare<[], string>('SELECT sqlite_version()').pluck().get()
    database.close()
    return ok('package', `${versions}, SQLite ${sqlite}`)
  } catch (error) {
    return fail('package', `${versions}, and better-sqlite3 can not be loaded: ${String(error)}`, REBUILD)
  }
}
