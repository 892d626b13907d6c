import { canonicalHost } from './host.ts'

/** No more domains are read of one text: no parameter remembers so many, so one of them is new already. */
export const DOMAINS_READ_MAX = 300

const MAILTO = /^mailto:/i
const BETWEEN_ADDRESSES = /[,;\n]/
/** What follows the `@`: an address in brackets, or all up to the next character that no domain has. */
const DOMAIN = /\[[^\]\s]{1,100}\]|[^\s<>()[\],;:"'@?&=/\\]+/y
/** In brackets, or with a full stop that is not at its ends; the second is that of Chinese and Japanese. */
const MAY_BE_DOMAIN = /^\[|[^.。][.。][^.。]/
const STARTS_NO_LOCAL_PART = /[\s<>()[\],;:"']/

/**
 * The domains of a mail address, or of several: `a@b.example, Name <c@d.example>`, also `mailto:`. Empty for prose that mentions one:
 * at least half of what stands between the commas must be an address. Then every address in it counts, also one in a display name or a
 * comment, so that none can hide behind another.
 */
export function mailDomainsOf(text: string): readonly string[] {
  if (!text.includes('@')) return []
  const list = MAILTO.test(text) ? decoded(text.replace(MAILTO, '')) : text
  return isAddressList(list) ? domainsIn(list) : []
}

function isAddressList(text: string): boolean {
  let filled = 0
  let addresses = 0
  for (const part of text.split(BETWEEN_ADDRESSES)) {
    const trimmed = part.trim()
    if (trimmed === '') continue
    filled += 1
    if (isAddress(trimmed)) addresses += 1
  }
  return addresses * 2 >= filled
}

function isAddress(part: string): boolean {
  if (part.indexOf('@') < 1) return false
  return part.endsWith('>') || part.endsWith(')') || !/\s/.test(part)
}

function domainsIn(text: string): readonly string[] {
  const read = new Set<string>()
  const domains = new Set<string>()
  for (let at = text.indexOf('@', 1); at !== -1 && domains.size < DOMAINS_READ_MAX; at = text.indexOf('@', at + 1)) {
    if (STARTS_NO_LOCAL_PART.test(text.charAt(at - 1))) continue
    DOMAIN.lastIndex = at + 1
    const domain = DOMAIN.exec(text)?.[0].toLowerCase() ?? ''
    if (read.has(domain) || !MAY_BE_DOMAIN.test(domain)) continue
    read.add(domain)
    domains.add(mailDomain(domain))
  }
  return [...domains]
}

function mailDomain(written: string): string {
  const domain = written.startsWith('[') ? written.slice(1, -1) : written
  return canonicalHost(domain) ?? domain
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}
