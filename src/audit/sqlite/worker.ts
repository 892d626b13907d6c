import { type MessagePort, parentPort, receiveMessageOnPort, workerData } from 'node:worker_threads'
import BetterSqlite3 from 'better-sqlite3'
import { Keeper } from './keeper.ts'
import { type Answer, type Message, type ThreadData, toWire } from './wire.ts'

/** The thread of a store: does one task after the other, and sleeps when there is none. */
function serve(port: MessagePort, { options, sent }: ThreadData): void {
  const keeper = new Keeper(BetterSqlite3, options)
  for (;;) {
    // Read before the messages are: one that is sent between the two then ends the sleep at once.
    const heard = Atomics.load(sent, 0)
    for (let received = receiveMessageOnPort(port); received; received = receiveMessageOnPort(port)) {
      const message: Message = received.message
      if (message === 'close') {
        keeper.close()
        return
      }
      port.postMessage(answered(keeper, message))
    }
    Atomics.wait(sent, 0, heard)
  }
}

function answered(keeper: Keeper, { id, task }: Exclude<Message, 'close'>): Answer {
  try {
    return { id, status: 'done', output: keeper.perform(task) }
  } catch (error) {
    return { id, status: 'failed', error: toWire(error) }
  }
}

if (parentPort !== null) serve(parentPort, workerData)
