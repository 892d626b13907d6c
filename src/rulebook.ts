import { type FSWatcher, statSync, watch } from 'node:fs'
import { dirname } from 'node:path'
import type { Digest } from './domain/units.ts'
import type { Verdict } from './domain/verdict.ts'
import { NO_RULES } from './domain/verdict.ts'
import { type Issue, SentinelRulesError } from './errors.ts'
import { parseRules, readRulesFile } from './rules/load.ts'
import type { RuleCall, RuleSet } from './rules/rule-set.ts'
import type { Clock } from './support/clock.ts'
import { messageOf } from './support/messages.ts'

const NO_LOG: Issue = {
  path: 'rules',
  code: 'no_log',
  message:
    'rules that look back at other calls need an audit log to count them in; remove `auditLog: false`, or give a `store`',
}

const NO_FILE: Issue = {
  path: 'rulesPath',
  code: 'no_file',
  message: 'these rules do not come from a file; give `rulesPath` to read them again',
}

/** A file that was written to this lately may be half written. */
const SETTLE_MS = 100

/** Tells one state of a file from the next, one that can not be looked at included. */
function stampOf(path: string): string {
  try {
    const { ino, size, mtimeMs } = statSync(path)
    return `${ino} ${size} ${mtimeMs}`
  } catch (error) {
    return messageOf(error)
  }
}

/** Where rules come from. Neither: there are none. */
export interface RuleSource {
  readonly rulesPath: string | undefined
  readonly rules: object | undefined
  /** Whether calls can be counted, for rules that look back at them. */
  readonly hasLog: boolean
}

/** The rule set that judges from now on. */
export interface RulesInForce {
  readonly status: 'loaded' | 'unchanged'
  readonly digest: Digest
  /** How many rules it has, disabled ones left out. */
  readonly size: number
}

/** The rules in force: read once at start, exchanged as a whole, so that one call is judged by one set. */
export class Rulebook {
  readonly #source: RuleSource
  #current: RuleSet | undefined
  #watcher: FSWatcher | undefined
  #cancelLook: (() => void) | undefined

  /** @throws SentinelRulesError when the rules can not be used. */
  constructor(source: RuleSource) {
    this.#source = source
    const { rulesPath, rules } = source
    if (rules !== undefined) this.#current = this.#usable(parseRules(rules, { origin: 'the configuration' }))
    if (rulesPath !== undefined) this.#current = this.#usable(readRulesFile(rulesPath))
  }

  get current(): RuleSet | undefined {
    return this.#current
  }

  evaluate(call: RuleCall): Verdict {
    return this.#current?.evaluate(call) ?? NO_RULES
  }

  /**
   * Reads the file again and exchanges the whole set.
   * @throws SentinelRulesError when the file can not be used, or there is none; the last good rules stay.
   */
  reload(): RulesInForce {
    const { rulesPath } = this.#source
    if (rulesPath === undefined) throw new SentinelRulesError([NO_FILE])
    const read = this.#usable(readRulesFile(rulesPath))
    const status = read.digest === this.#current?.digest ? 'unchanged' : 'loaded'
    this.#current = read
    return { status, digest: read.digest, size: read.size }
  }

  /**
   * Calls back once the file has changed and come to rest. Its directory is watched: editors and deployments replace files rather than
   * write into them, and a mounted one changes through a link beside it.
   */
  watch(clock: Clock, changed: () => void): void {
    const { rulesPath } = this.#source
    if (rulesPath === undefined) return
    let seen = stampOf(rulesPath)
    const look = (): void => {
      this.#cancelLook = undefined
      const now = stampOf(rulesPath)
      if (now === seen) return
      seen = now
      changed()
    }
    const later = (): void => {
      this.#cancelLook?.()
      this.#cancelLook = clock.after(SETTLE_MS, look)
    }
    this.#watcher = watch(dirname(rulesPath), { persistent: false }, later)
    this.#watcher.on('error', later)
  }

  #usable(set: RuleSet): RuleSet {
    if (set.looksBack && !this.#source.hasLog) throw new SentinelRulesError([NO_LOG])
    return set
  }

  close(): void {
    this.#cancelLook?.()
    this.#watcher?.close()
    this.#watcher = undefined
  }
}
