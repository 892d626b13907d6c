import { createHash, randomBytes } from 'node:crypto'
import type { Clock } from '../support/clock.ts'

/** Somebody who signed in with a browser. */
export interface Session {
  /** The name of the token they signed in with. */
  readonly name: string
  /** Signs the forms of this session; never leaves the process. */
  readonly formKey: Buffer
  /** On the monotonic clock. */
  readonly endsAtMs: number
}

const SESSIONS_MAX = 1_000
const SESSIONS_OF_A_NAME_MAX = 10
const SECRET_BYTES = 32
/** What `open` gives: 32 bytes in base64url. */
const SECRET = /^[\w-]{43}$/

/** The sessions of this process, by the hash of their secret. Signing in once too often ends the oldest session of that name. */
export class Sessions {
  readonly #clock: Clock
  readonly #lifeMs: number
  /** Oldest first. */
  readonly #open = new Map<string, Session>()

  constructor(options: { readonly clock: Clock; readonly lifeMs: number }) {
    this.#clock = options.clock
    this.#lifeMs = options.lifeMs
  }

  /** @returns the secret that a browser shows from now on. */
  open(name: string): string {
    this.#makeRoomFor(name)
    const secret = randomBytes(SECRET_BYTES).toString('base64url')
    const formKey = randomBytes(SECRET_BYTES)
    this.#open.set(keyOf(secret), { name, formKey, endsAtMs: this.#clock.monotonicMs() + this.#lifeMs })
    return secret
  }

  find(secret: string | undefined): Session | undefined {
    if (secret === undefined || !SECRET.test(secret)) return undefined
    const session = this.#open.get(keyOf(secret))
    return session !== undefined && this.#isLive(session) ? session : undefined
  }

  end(secret: string): void {
    this.#open.delete(keyOf(secret))
  }

  #makeRoomFor(name: string): void {
    for (const [key, session] of this.#open) if (!this.#isLive(session)) this.#open.delete(key)
    const own = [...this.#open].filter(([, session]) => session.name === name)
    for (const [key] of own.slice(0, Math.max(0, own.length + 1 - SESSIONS_OF_A_NAME_MAX))) this.#open.delete(key)
    const [oldest] = this.#open.keys()
    if (this.#open.size >= SESSIONS_MAX && oldest !== undefined) this.#open.delete(oldest)
  }

  #isLive({ endsAtMs }: Session): boolean {
    return this.#clock.monotonicMs() < endsAtMs
  }
}

const keyOf = (secret: string): string => createHash('sha256').update(secret).digest('base64url')
