import { isIP, isIPv6 } from 'node:net'
import { type Address, isPrivateName, readAddress } from '../support/addresses.ts'
import { domainName } from './domain-name.ts'
import type { Doubt } from './judgement.ts'
import { URL_CHARACTERS_MAX } from './limits.ts'

/** Where a URL, or a bare host with or without a port, leads. */
export type Host = { readonly kind: 'name'; readonly name: string } | ({ readonly kind: 'address' } & Address)

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
  if (isIP(address) !== 0) return { kind: 'address', ...readAddress(address) }
  const name = domainName(host)
  return name === undefined ? NOT_A_HOST : { kind: 'name', name }
}

/** Whether it leads inside: a private, local or reserved address, a name without a dot, or one with an ending for private use. */
export const isPrivateHost = (host: Host): boolean =>
  host.kind === 'address' ? !host.isPublic : isPrivateName(host.name)
