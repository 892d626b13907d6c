import { isIP, isIPv6 } from 'node:net'
import ipaddr from 'ipaddr.js'
import { domainName } from './domain-name.ts'
import type { Doubt } from './judgement.ts'
import { URL_CHARACTERS_MAX } from './limits.ts'

/** Where a URL, or a bare host with or without a port, leads. */
export type Host =
  | { readonly kind: 'name'; readonly name: string }
  /** In its shortest usual form; IPv4 inside IPv6 as IPv4. */
  | { readonly kind: 'address'; readonly address: string; readonly isPublic: boolean }

const NOT_A_HOST: Doubt = { because: 'expected a URL or a host, found text that can not be read as such for certain' }
const TOO_LONG: Doubt = {
  because: `the text is longer than the ${URL_CHARACTERS_MAX / 1024} KiB that are read for a host`,
}

/** Readers of URLs disagree about these: some drop them, some turn them round, some stop there. */
const DISPUTED = /[\s\\\p{Cc}\p{Cf}]/u
/** Two @ before the path: some readers take what follows the first for the host, some what follows the last. */
const TWO_USERS = /^[^/?#]*\/\/[^/?#]*@[^/?#]*@/
/** A second URL after a separator: a list, of which only the first would be judged. */
const URL_LIST = /[,;|][a-z][a-z0-9+.-]*:\/\//i
const WITH_SCHEME = /^[a-z][a-z0-9+.-]*:\/\/(?!\/)/i
const BARE = /^[^/?#@:[\]]+(?::\d{1,5})?$/
const BARE_IPV6 = /^\[[0-9a-f:.]+\](?::\d{1,5})?$/i

/** Names that only ever lead inside: reserved for it, or by habit. */
const PRIVATE_ENDINGS = [
  'localhost',
  'local',
  'internal',
  'intranet',
  'private',
  'corp',
  'home',
  'lan',
  'localdomain',
  'home.arpa',
] as const

/** Public by its number, but the inside of a cloud: Azure's host agent. */
const INSIDE_ADDRESSES: ReadonlySet<string> = new Set(['168.63.129.16'])
/** All public IPv6 lies here. */
const GLOBAL_IPV6: [ipaddr.IPv6, number] = [ipaddr.IPv6.parse('2000::'), 3]

function hostOfAddress(text: string): Host {
  const address = ipaddr.process(text)
  const written = address.toString()
  const isGlobal = address instanceof ipaddr.IPv6 ? address.match(GLOBAL_IPV6) : !INSIDE_ADDRESSES.has(written)
  return { kind: 'address', address: written, isPublic: isGlobal && address.range() === 'unicast' }
}

const urlOf = (text: string): URL | undefined => (URL.canParse(text) ? new URL(text) : undefined)

/** What the URL standard makes of a host: `0x7f.1` is 127.0.0.1, escapes and upper case are gone. */
function standardHost(authority: string): string | undefined {
  return urlOf(`http://${authority}`)?.hostname || undefined
}

function hostname(text: string): string | undefined {
  if (WITH_SCHEME.test(text)) {
    const host = urlOf(text)?.host
    // In schemes that the URL standard does not know by name a host is opaque text: read it as it would be in http.
    return !host || host.includes('%') ? undefined : standardHost(host)
  }
  if (isIPv6(text)) return standardHost(`[${text}]`)
  return BARE.test(text) || BARE_IPV6.test(text) ? standardHost(text) : undefined
}

/** Reads a host, in doubt where two readers of URLs may disagree about it. */
export function hostOf(text: string): Host | Doubt {
  if (text.length > URL_CHARACTERS_MAX) return TOO_LONG
  if (DISPUTED.test(text) || TWO_USERS.test(text) || URL_LIST.test(text)) return NOT_A_HOST
  const host = hostname(text)
  if (host === undefined) return NOT_A_HOST
  const address = host.startsWith('[') ? host.slice(1, -1) : host
  if (isIP(address) !== 0) return hostOfAddress(address)
  const name = domainName(host)
  return name === undefined ? NOT_A_HOST : { kind: 'name', name }
}

/** Whether it leads inside: a private, local or reserved address, a name without a dot, or one with an ending for private use. */
export function isPrivateHost(host: Host): boolean {
  if (host.kind === 'address') return !host.isPublic
  return !host.name.includes('.') || PRIVATE_ENDINGS.some((ending) => host.name.endsWith(`.${ending}`))
}
