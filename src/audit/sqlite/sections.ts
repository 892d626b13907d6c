import { type Chain, FORMATS } from '../chain.ts'
import type { Checkpoint } from '../checkpoint.ts'
import type { Verification } from '../verification.ts'
import { altered, type Break, CHANGED, isLinked, isSealed, missing, type Section } from './walk.ts'

/** What a log was held against. */
export interface Against {
  readonly chain: Chain
  readonly heads: readonly Checkpoint[]
  /** The last sequence number that was given out. */
  readonly lastNumber: number
}

/**
 * What the sections of a log say together, in order and without a hole between them: each but the first began at the link that is
 * stored of the event before it, which the one before it has looked at. What comes after the first break says nothing more.
 */
export function verified(sections: readonly Section[], against: Against): Verification {
  const broken = sections.findIndex((section) => section.break !== undefined)
  const whole = joined(broken < 0 ? sections : sections.slice(0, broken + 1))
  const walked = {
    events: whole.events,
    firstSeq: whole.first && Number(whole.first[0]),
    lastSeq: whole.first && whole.lastSeq,
    heads: against.heads,
  }
  const found = whole.break ?? breakAtStart(whole, against.chain) ?? breakAtEnd(whole, against)
  if (found !== undefined) return { ...walked, status: 'broken', ...found }
  const because = doubtOf(whole, against.chain)
  return because === undefined ? { ...walked, status: 'intact' } : { ...walked, status: 'not-verifiable', because }
}

const joined = (sections: readonly Section[]): Section =>
  sections.reduce((before, section) => ({
    events: before.events + section.events,
    unsealed: before.unsealed + section.unsealed,
    unkeyed: before.unkeyed + section.unkeyed,
    first: before.first ?? section.first,
    lastSeq: section.lastSeq,
    format: section.format,
    anchor: section.anchor ?? before.anchor,
    break: section.break,
  }))

/** A log that does not begin with event 1 was pruned, and says so. */
function breakAtStart({ first, anchor }: Section, chain: Chain): Break | undefined {
  if (first === undefined) return undefined
  const [firstSeq, upTo] = [Number(first[0]), anchor?.upTo ?? 0]
  if (firstSeq <= upTo) return altered(firstSeq, `events up to ${upTo} were pruned, and event ${firstSeq} is there`)
  if (firstSeq > upTo + 1) return missing(upTo + 1, firstSeq - 1)
  if (anchor === undefined || !isSealed(first) || isLinked(chain, first, anchor.link)) return undefined
  return altered(firstSeq, CHANGED)
}

function breakAtEnd({ lastSeq }: Section, { heads, lastNumber }: Against): Break | undefined {
  const ahead = heads.find(({ seq }) => seq > lastSeq)
  const wanted = Math.max(ahead?.seq ?? 0, lastNumber)
  if (wanted <= lastSeq) return undefined
  const who = ahead === undefined ? 'the file has numbered' : 'a head names'
  const end = lastSeq === 0 ? 'the log is empty' : `the log ends with event ${lastSeq}`
  return { seq: lastSeq + 1, code: 'cut', because: `${end}, and ${who} event ${wanted}` }
}

function doubtOf({ unsealed, unkeyed, format }: Section, chain: Chain): string | undefined {
  if (unsealed > 0) return `the first ${unsealed} events were written before there was a chain`
  if (format === FORMATS.plain) return 'no key seals the events: whoever can write the file can make the chain anew'
  // A later key vouches for none of them: whoever has edited a keyed log can make its links anew without one.
  if (unkeyed > 0)
    return `no key seals the first ${unkeyed} events: whoever could write the file can have made them anew`
  if (format === FORMATS.keyed && !chain.covers(FORMATS.keyed))
    return 'the key that seals the events was not given: SENTINEL_AUDIT_KEY of the guard, or audit.key beside its log'
  return undefined
}
