import {
  BrokenCircuitError,
  ConsecutiveBreaker,
  circuitBreaker,
  ExponentialBackoff,
  handleAll,
  handleWhen,
  retry,
} from 'cockatiel'
import type { EpochMs } from '../domain/units.ts'
import type { Clock } from '../support/clock.ts'
import { inTime } from '../support/deadline.ts'
import { Lru } from '../support/lru.ts'
import { messageOf } from '../support/messages.ts'
import { type Answer, readAnswer } from './answer.ts'
import { type LlmBudget, SpentBudget } from './budget.ts'
import type { JudgedCase } from './case.ts'
import type { Judge, Reply } from './model.ts'
import { type Prompt, promptFor } from './prompt.ts'

/** A call waits no longer than this, retries included. */
const ANSWER_TIMEOUT_MS = 10_000
const RETRIES_MAX = 2
const RETRY_DELAY_MS = 250
const RETRY_DELAY_MAX_MS = 2_000
/** After so many failures in a row nobody is asked for a while; then one call tries again. */
const FAILURES_IN_A_ROW_MAX = 5
const PAUSE_MS = 30_000
const ANSWERS_KEPT_MAX = 1_000
/** What was usual, and what came before in the session, changes: an answer is good for this long. */
const ANSWER_KEPT_MS = 600_000
const BECAUSE_CHARS_MAX = 300

export interface AnalystPorts {
  /** Loads the model; after a failure the next call tries again. */
  readonly load: () => Promise<Judge>
  readonly budget: LlmBudget
  readonly clock: Clock
  /** Aborts when the guard closes. */
  readonly closing: AbortSignal
  /** A random line that nobody can guess. */
  readonly mark: () => string
}

/** A call to ask about; two with the same key are the same question. */
export interface Question {
  readonly key: string
  readonly judged: () => JudgedCase
}

/** What came of a question. Failing is a value. */
export type Consulted =
  | ({ readonly status: 'answered'; readonly from: 'model' | 'cache' } & Answered)
  | { readonly status: 'failed'; readonly because: string; readonly latencyMs: number }
  | { readonly status: 'used-up'; readonly because: string }

interface Answered extends Omit<Reply, 'answer'> {
  readonly answer: Answer
  /** Names the model that gave it. */
  readonly model: string
  readonly latencyMs: number
}

interface Kept extends Answered {
  readonly untilMs: number
}

/** Asks a model about calls, within a budget, a deadline and a breaker, and keeps its answers for a while. */
export class Analyst {
  readonly #ports: AnalystPorts
  readonly #budget: SpentBudget
  readonly #kept = new Lru<string, Kept>(ANSWERS_KEPT_MAX)
  /** Questions that are being asked; bounded by the budget of a minute. */
  readonly #asking = new Map<string, Promise<Consulted>>()
  #judge: Promise<Judge> | undefined
  readonly #retry = retry(handleWhen(isTransient), {
    maxAttempts: RETRIES_MAX,
    backoff: new ExponentialBackoff({ initialDelay: RETRY_DELAY_MS, maxDelay: RETRY_DELAY_MAX_MS }),
  })
  readonly #breaker = circuitBreaker(handleAll, {
    halfOpenAfter: PAUSE_MS,
    breaker: new ConsecutiveBreaker(FAILURES_IN_A_ROW_MAX),
  })

  constructor(ports: AnalystPorts) {
    this.#ports = ports
    this.#budget = new SpentBudget(ports.budget)
  }

  /** @throws SentinelConfigError when the model can not be loaded. */
  async ready(): Promise<void> {
    await this.#loaded()
  }

  /** Never throws. */
  async consult(question: Question): Promise<Consulted> {
    const kept = this.#keptAnswer(question.key)
    if (kept !== undefined) return fromCache(kept, 0)
    const startedAtMs = this.#ports.clock.monotonicMs()
    const asked = this.#asking.get(question.key)
    if (asked === undefined) return this.#askOnce(question)
    const answer = await asked
    return answer.status === 'answered' ? fromCache(answer, this.#since(startedAtMs)) : answer
  }

  #askOnce(question: Question): Promise<Consulted> {
    const part = this.#budget.take(this.#ports.clock.monotonicMs())
    if (part !== 'taken') return Promise.resolve({ status: 'used-up', because: usedUp(part, this.#ports.budget) })
    const asked = this.#ask(question)
    this.#asking.set(question.key, asked)
    const over = (): void => void this.#asking.delete(question.key)
    asked.then(over, over)
    return asked
  }

  async #ask({ key, judged }: Question): Promise<Consulted> {
    const { clock, closing, mark } = this.#ports
    const judge = await this.#loaded().catch(messageOf)
    if (typeof judge === 'string') return this.#notSent(judge)

    // Loading took what it took; the deadline is for the model.
    const startedAtMs = clock.monotonicMs()
    const failed = (because: string): Consulted => failure(because, this.#since(startedAtMs))
    try {
      const bounds = { clock, deadline: (clock.now() + ANSWER_TIMEOUT_MS) as EpochMs, signal: closing }
      const timely = await inTime((signal) => this.#answer(judge, promptFor(judged(), mark()), signal), bounds)
      if (timely.status === 'expired') return failed(`no answer within ${ANSWER_TIMEOUT_MS / 1_000} seconds`)
      if (timely.status === 'aborted') return failed('the guard was closed')
      const answered = { ...timely.value, latencyMs: this.#since(startedAtMs) }
      this.#kept.set(key, { ...answered, untilMs: clock.monotonicMs() + ANSWER_KEPT_MS })
      return { status: 'answered', from: 'model', ...answered }
    } catch (error) {
      return error instanceof BrokenCircuitError ? this.#notSent(PAUSED) : failed(messageOf(error))
    }
  }

  /** An outage must not use up the budget: a failure may be stricter than a used-up budget. */
  #notSent(because: string): Consulted {
    this.#budget.giveBack()
    return failure(because, 0)
  }

  #answer(judge: Judge, prompt: Prompt, signal: AbortSignal): Promise<Omit<Answered, 'latencyMs'>> {
    // A malformed answer counts as a failure of the provider, so it is read inside the breaker.
    return this.#breaker.execute(async () => {
      const { answer, ...use } = await this.#retry.execute(() => askUntil(judge, prompt, signal), signal)
      return { ...use, answer: readAnswer(answer), model: judge.name }
    }, signal)
  }

  #loaded(): Promise<Judge> {
    this.#judge ??= this.#ports.load().catch((error: unknown) => {
      this.#judge = undefined
      throw error
    })
    return this.#judge
  }

  #keptAnswer(key: string): Kept | undefined {
    const kept = this.#kept.get(key)
    return kept !== undefined && this.#ports.clock.monotonicMs() < kept.untilMs ? kept : undefined
  }

  #since(startedAtMs: number): number {
    return Math.round(this.#ports.clock.monotonicMs() - startedAtMs)
  }
}

const failure = (because: string, latencyMs: number): Consulted => ({
  status: 'failed',
  because: because.slice(0, BECAUSE_CHARS_MAX),
  latencyMs,
})

const PAUSED = `it failed ${FAILURES_IN_A_ROW_MAX} times in a row and is left alone for ${PAUSE_MS / 1_000} seconds`

const fromCache = ({ answer, model }: Answered, latencyMs: number): Consulted => ({
  ...{ status: 'answered', from: 'cache', answer, model, latencyMs },
  ...{ inputTokens: 0, outputTokens: 0, costUsd: undefined },
})

const usedUp = (part: 'minute' | 'day', { perMinute, perDay }: LlmBudget): string =>
  part === 'minute' ? `the budget of ${perMinute} a minute is used up` : `the budget of ${perDay} a day is used up`

/** Ends with the signal also when the model takes no notice of it. */
async function askUntil(judge: Judge, prompt: Prompt, signal: AbortSignal): Promise<Reply> {
  const { promise: aborted, reject } = Promise.withResolvers<never>()
  const abort = (): void => reject(signal.reason)
  if (signal.aborted) abort()
  signal.addEventListener('abort', abort, { once: true })
  try {
    return await Promise.race([judge.ask(prompt, signal), aborted])
  } finally {
    signal.removeEventListener('abort', abort)
  }
}

/** The AI SDK says of each failed request whether a repeat can help: a busy or failing server, a broken connection. */
const isTransient = (error: unknown): boolean =>
  typeof error === 'object' && error !== null && 'isRetryable' in error && error.isRetryable === true
