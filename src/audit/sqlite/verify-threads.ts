import { availableParallelism } from 'node:os'
import { Worker } from 'node:worker_threads'
import type { VerifyOptions } from '../verification.ts'
import { type Ends, type Measure, type Range, rangesOf } from './section.ts'
import { threadFile } from './thread-file.ts'
import type { Section } from './walk.ts'

/** Fewer events are looked at sooner than a thread has started. */
const THREAD_EVENTS_MIN = 50_000
const THREADS_MAX = 8

/** A log of which one state is to be looked at. */
export interface LongLog extends Measure, Ends {
  /** Absolute. */
  readonly path: string
  /** How many are to work on it. */
  readonly threads: number
}

/** As many as there is room and work for; one would be no faster than none. */
export const threadsFor = ({ first, last }: Ends): number =>
  Math.min(availableParallelism(), THREADS_MAX, Math.floor((last - first + 1) / THREAD_EVENTS_MIN))

/** What one thread looks at. Plain data. */
export interface SectionTask extends Measure, Range {
  readonly path: string
  /** The log began with this event; when it does not any more, it was pruned meanwhile. */
  readonly first: number
  /** Set to 1 when nobody waits for the answer any more. */
  readonly stopped: Int32Array
}

export type SectionAnswer =
  | { readonly status: 'walking'; readonly events: number }
  | { readonly status: 'walked'; readonly section: Section }
  | { readonly status: 'pruned' }

/**
 * Follows the parts of a chain at once, each in a thread. Undefined when there is one part, or it can not be done: threads that do not
 * start, or a log that is pruned meanwhile.
 * @throws the reason of the signal.
 */
export async function walkInThreads(log: LongLog, options: VerifyOptions): Promise<readonly Section[] | undefined> {
  const { threads, last, ...task } = log
  if (threads < 2) return undefined
  const walks = rangesOf(log, threads).map((range) => new SectionThread({ ...task, ...range }))
  const of = last - log.first + 1
  const tell = (): void => options.onProgress?.({ events: walks.reduce((sum, { events }) => sum + events, 0), of })
  const stop = Promise.withResolvers<never>()
  const abort = (): void => stop.reject(options.signal?.reason)
  try {
    options.signal?.addEventListener('abort', abort, { once: true })
    if (options.signal?.aborted) abort()
    return await Promise.race([stop.promise, inOrder(walks, tell)])
  } finally {
    options.signal?.removeEventListener('abort', abort)
    await Promise.all(walks.map((walk) => walk.end()))
  }
}

/** What comes after the first break is not waited for. */
async function inOrder(walks: readonly SectionThread[], tell: () => void): Promise<readonly Section[] | undefined> {
  for (const walk of walks) walk.onProgress = tell
  const sections: Section[] = []
  for (const walk of walks) {
    const section = await walk.section
    if (section === undefined) return undefined
    sections.push(section)
    if (section.break !== undefined) break
  }
  tell()
  return sections
}

class SectionThread {
  /** Seen so far. */
  events = 0
  onProgress: () => void = () => undefined
  /** Undefined when the thread failed. */
  readonly section: Promise<Section | undefined>
  readonly #stopped = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT))
  readonly #ended: Promise<void>

  constructor(task: Omit<SectionTask, 'stopped'>) {
    const workerData: SectionTask = { ...task, stopped: this.#stopped }
    const worker = new Worker(threadFile('verify-worker'), {
      ...{ name: 'sentinel-verify', workerData, execArgv: [] },
    })
    const { promise, resolve } = Promise.withResolvers<Section | undefined>()
    this.section = promise
    worker.on('message', (answer: SectionAnswer) => {
      if (answer.status === 'pruned') resolve(undefined)
      this.events = answer.status === 'walked' ? answer.section.events : answer.status === 'walking' ? answer.events : 0
      this.onProgress()
      if (answer.status === 'walked') resolve(answer.section)
    })
    worker.on('error', () => resolve(undefined))
    const ended = Promise.withResolvers<void>()
    this.#ended = ended.promise
    worker.on('exit', () => {
      resolve(undefined)
      ended.resolve()
    })
  }

  /** Lets it come to its end, soon: to terminate a thread that loads native code can take the whole process down. */
  end(): Promise<void> {
    Atomics.store(this.#stopped, 0, 1)
    return this.#ended
  }
}
