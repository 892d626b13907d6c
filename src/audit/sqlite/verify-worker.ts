import { type MessagePort, parentPort, workerData } from 'node:worker_threads'
import BetterSqlite3 from 'better-sqlite3'
import { openForReading } from './open.ts'
import { endsOf, walkSection } from './section.ts'
import type { SectionAnswer, SectionTask } from './verify-threads.ts'
import type { Section } from './walk.ts'

/** Events between two reports. */
const REPORT_EVENTS = 5_000
const STANDSTILL_MS = 250

/** A thread that follows a part of a chain. */
function serve(port: MessagePort, task: SectionTask): void {
  const isStopped = (): boolean => Atomics.load(task.stopped, 0) === 1
  if (isStopped()) return
  const database = openForReading(BetterSqlite3, { path: task.path, standstillMs: STANDSTILL_MS })
  try {
    // From here on this thread sees one state. Nothing was taken from its part when the log still begins as it did.
    database.exec('BEGIN')
    const isWhole = endsOf(database)?.first === task.first
    const answers = isWhole ? walked(walkSection(database, task, task), isStopped) : [{ status: 'pruned' }]
    for (const answer of answers) port.postMessage(answer)
  } finally {
    database.close()
  }
}

function* walked(walking: Generator<number, Section>, isStopped: () => boolean): Generator<SectionAnswer> {
  let [events, told] = [0, 0]
  let step = walking.next()
  for (; !step.done; step = walking.next()) {
    if (isStopped()) return
    events += step.value
    if (events - told < REPORT_EVENTS) continue
    told = events
    yield { status: 'walking', events }
  }
  yield { status: 'walked', section: step.value }
}

if (parentPort !== null) serve(parentPort, workerData)
