/** Where a webhook may lead. Private places only when they are named: a URL from a setting must not open the inside of a network. */

import { lookup } from 'node:dns/promises'
import { isIP, type LookupFunction } from 'node:net'
import { isPrivateName, readAddress } from '../../support/addresses.ts'

/** Names and addresses that may be private, and reached without TLS, as `hostOf` writes them. */
export type AllowedHosts = ReadonlySet<string>

/** What the system says a name leads to; replaced in tests. */
export type Resolve = (name: string) => Promise<readonly { readonly address: string; readonly family: number }[]>
export const systemResolve: Resolve = (name) => lookup(name, { all: true })

/** The host of a URL, or a host alone, as the URL standard reads it: `0x7f.1` is `127.0.0.1`. Undefined when it is none. */
export function hostOf(text: string | URL): string | undefined {
  if (text instanceof URL) return bare(text.hostname)
  const url = URL.parse(`http://${isIP(text) === 6 ? `[${text}]` : text}`)
  // A port, a path or a user would be passed over without a word; a wildcard would never match.
  const isHostAlone = url?.href === `http://${url?.hostname}/` && !text.includes('*')
  return isHostAlone ? bare(url.hostname) : undefined
}

/** Without the brackets of an IPv6 address and the final dot of a name; IPv4 inside IPv6 as IPv4. */
function bare(hostname: string): string {
  const host = hostname.replace(/^\[(.*)\]$/, '$1').replace(/\.$/, '')
  return isIP(host) === 0 ? host : readAddress(host).address
}

/** Why a URL may not be called; undefined when it may, as far as its text shows. */
export function targetProblem(url: URL, allowed: AllowedHosts): string | undefined {
  const host = bare(url.hostname)
  if (url.protocol !== 'https:' && url.protocol !== 'http:') return 'expected an https URL'
  if (url.username !== '' || url.password !== '') return 'expected a URL without user and password; use `headers`'
  if (allowed.has(host)) return undefined
  if (url.protocol === 'http:') return `expected https; without it only a host in \`allowedHosts\` is called`
  const isPrivate = isIP(host) === 0 ? isPrivateName(host) : !readAddress(host).isPublic
  return isPrivate ? `'${host}' is not on the public internet; name it in \`allowedHosts\` if it is meant` : undefined
}

/** A name that leads to a place where nothing may be sent. */
export class PrivateTarget extends Error {}

/**
 * Resolves names for one connection, which then goes to exactly the addresses that were checked: a name can not change between the
 * check and the use.
 */
export function checkedLookup(allowed: AllowedHosts, resolve: Resolve): LookupFunction {
  return (name, options, done) => {
    addressesOf(name, allowed, resolve).then(
      (addresses) => {
        const [first] = addresses
        if (options.all === true) done(null, [...addresses])
        else done(null, first?.address ?? '', first?.family)
      },
      (error: unknown) => done(error as NodeJS.ErrnoException, ''),
    )
  }
}

/** One private address among public ones refuses them all: nobody means such a mixture. */
async function addressesOf(name: string, allowed: AllowedHosts, resolve: Resolve): ReturnType<Resolve> {
  const addresses = await resolve(name)
  if (addresses.length === 0) throw new PrivateTarget('the name leads nowhere')
  if (allowed.has(bare(name))) return addresses
  const inside = addresses.find(({ address }) => !isPublic(address))
  if (inside === undefined) return addresses
  throw new PrivateTarget(`it leads to ${inside.address}, which is not on the public internet`)
}

function isPublic(address: string): boolean {
  try {
    return readAddress(address).isPublic
  } catch {
    return false
  }
}
