import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import type { DatabaseOptions } from './database.ts'
import { closedMeanwhile, type Executor } from './executor.ts'
import type { Output, Task, WorkName } from './keeper.ts'
import { Refusal } from './refusal.ts'
import { threadFile } from './thread-file.ts'
import { type Answer, fromWire, type Message, type ThreadData } from './wire.ts'

/** Tasks that wait for the thread, queries for the most part: appends come in groups. */
const TASKS_MAX = 10_000

interface Running {
  readonly worker: Worker
  readonly sent: Int32Array
}

/**
 * Does the work in a thread of its own, so that a slow disk stops no one here. The thread is made at the first task and again after it
 * ended; it keeps the process alive only while a task waits.
 */
export class ThreadExecutor implements Executor {
  readonly by = 'another-thread'
  readonly #options: () => DatabaseOptions
  readonly #tasks = new Map<number, PromiseWithResolvers<unknown>>()
  #running: Running | undefined
  #lastId = 0
  #closed = false

  constructor(options: () => DatabaseOptions) {
    this.#options = options
  }

  async perform<Name extends WorkName>(task: Task<Name>): Promise<Output<Name>> {
    if (this.#closed) throw closedMeanwhile()
    if (this.#tasks.size >= TASKS_MAX)
      throw new Refusal(`${TASKS_MAX} tasks wait for it`, 'Ask for less at once; a later call tries again.')
    this.#running ??= this.#start()
    const id = ++this.#lastId
    const answer = Promise.withResolvers<unknown>()
    this.#tasks.set(id, answer)
    this.#running.worker.ref()
    send(this.#running, { id, task: task as Task })
    return answer.promise as Promise<Output<Name>>
  }

  async close(): Promise<void> {
    this.#closed = true
    const running = this.#running
    if (running === undefined) return
    running.worker.ref()
    const ended = once(running.worker, 'exit')
    send(running, 'close')
    // One that fails now has ended too, and what was acknowledged is stored.
    await ended.catch(() => undefined)
  }

  #start(): Running {
    const sent = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT))
    const workerData: ThreadData = { options: this.#options(), sent }
    // Without the options of this process: not all of them are ones that a thread may have.
    const options = { name: 'sentinel-audit', workerData, execArgv: [] }
    const worker = new Worker(threadFile('worker'), options)
    worker.on('message', (answer: Answer) => this.#settle(answer))
    worker.on('error', (error) => this.#end(error))
    worker.on('exit', (code) => this.#end(new Error(`the thread of the audit log ended with code ${code}`)))
    return { worker, sent }
  }

  #settle(answer: Answer): void {
    const task = this.#tasks.get(answer.id)
    this.#tasks.delete(answer.id)
    // Closing waits for the end of the thread, and the process with it.
    if (this.#tasks.size === 0 && !this.#closed) this.#running?.worker.unref()
    if (answer.status === 'done') task?.resolve(answer.output)
    else task?.reject(fromWire(answer.error))
  }

  /** The next task starts another thread. */
  #end(error: unknown): void {
    this.#running = undefined
    const tasks = [...this.#tasks.values()]
    this.#tasks.clear()
    for (const task of tasks) task.reject(error)
  }
}

function send({ worker, sent }: Running, message: Message): void {
  worker.postMessage(message)
  Atomics.add(sent, 0, 1)
  Atomics.notify(sent, 0)
}
