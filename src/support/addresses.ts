import ipaddr from 'ipaddr.js'

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

export interface Address {
  /** In its shortest usual form; IPv4 inside IPv6 as IPv4. */
  readonly address: string
  /** Whether it is on the public internet: not this machine, a private network, the inside of a cloud, or reserved. */
  readonly isPublic: boolean
}

/**
 * Reads an IPv4 or IPv6 address.
 * @throws Error when it is not one.
 */
export function readAddress(text: string): Address {
  const address = ipaddr.process(text)
  const written = address.toString()
  const isGlobal = address instanceof ipaddr.IPv6 ? address.match(GLOBAL_IPV6) : !INSIDE_ADDRESSES.has(written)
  return { address: written, isPublic: isGlobal && address.range() === 'unicast' }
}

/**
 * Whether a name leads inside whatever it resolves to: one without a dot, or with an ending for private use.
 * @param name in lower case, without a final dot.
 */
export const isPrivateName = (name: string): boolean =>
  !name.includes('.') || PRIVATE_ENDINGS.some((ending) => name.endsWith(`.${ending}`))
