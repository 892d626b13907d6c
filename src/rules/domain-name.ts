import { domainToASCII } from 'node:url'

const DOMAIN_CHARACTERS_MAX = 253
const ASCII_LABEL = /^[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?$/
/** Printable, without anything that a reader of addresses gives a meaning to. */
const RAW_LABEL = /^(?:[a-z0-9_-]|[^\p{ASCII}])+$/iu
const NUMERIC_LABEL = /^(?:\d+|0x[0-9a-f]*)$/
const NON_ASCII = /\P{ASCII}/u

/**
 * A domain name in lower-case ASCII, a final dot removed. Undefined when it is not one name, or not the same name to every reader:
 * `gооd.com` with Cyrillic letters has its own `xn--` form and passes, a full-width `ｇｏｏｄ.com` or a soft hyphen does not.
 */
export function domainName(text: string): string | undefined {
  const raw = text.endsWith('.') ? text.slice(0, -1) : text
  const rawLabels = raw.split('.')
  if (raw.length > DOMAIN_CHARACTERS_MAX || !rawLabels.every((label) => RAW_LABEL.test(label))) return undefined
  const ascii = domainToASCII(raw)
  const labels = ascii.split('.')
  const isFaithful =
    labels.length === rawLabels.length && labels.every((label, at) => isForm(label, rawLabels[at] ?? ''))
  return isFaithful && ascii.length <= DOMAIN_CHARACTERS_MAX && !NUMERIC_LABEL.test(labels.at(-1) ?? '')
    ? ascii
    : undefined
}

const isForm = (label: string, raw: string): boolean =>
  ASCII_LABEL.test(label) && (NON_ASCII.test(raw) ? label.startsWith('xn--') : label === raw.toLowerCase())

/** Domains that a rule names: single ones, and all below some. */
export class DomainSet {
  readonly #exact = new Set<string>()
  readonly #below = new Set<string>()

  /** Adds `example.com`, or `*.example.com` (also written `.example.com`) for the names below it. False: it is not a domain. */
  add(entry: string): boolean {
    const isBelow = entry.startsWith('*.') || entry.startsWith('.')
    const name = domainName(isBelow ? entry.slice(entry.indexOf('.') + 1) : entry)
    if (name === undefined) return false
    if (isBelow) this.#below.add(name)
    else this.#exact.add(name)
    return true
  }

  /** @param name as `domainName` gives it. */
  has(name: string): boolean {
    if (this.#exact.has(name)) return true
    for (let dot = name.indexOf('.'); dot !== -1; dot = name.indexOf('.', dot + 1)) {
      if (this.#below.has(name.slice(dot + 1))) return true
    }
    return false
  }
}
