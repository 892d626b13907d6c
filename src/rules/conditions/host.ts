import { isIP } from 'node:net'
import { DomainSet } from '../domain-name.ts'
import { type Host, hostOf, isPrivateHost } from '../host-name.ts'
import { eachText, type Reader } from './elements.ts'
import { type Operator, pair } from './operator.ts'
import { HOSTS_VALUE, problemsAmong, YES_VALUE } from './values.ts'

const READER: Reader<Host> = { read: hostOf, steps: 400, stepsPerCharacter: 10 }

/** Hosts that a rule names: domains as `DomainSet` has them, and single IP addresses. */
class HostSet {
  readonly #names = new DomainSet()
  readonly #addresses = new Set<string>()

  add(entry: string): boolean {
    const bare = entry.replace(/^\[(.*)\]$/, '$1')
    if (isIP(bare) === 0) return this.#names.add(entry)
    const host = hostOf(bare)
    if ('because' in host || host.kind !== 'address') return false
    this.#addresses.add(host.address)
    return true
  }

  has(host: Host): boolean {
    return host.kind === 'name' ? this.#names.has(host.name) : this.#addresses.has(host.address)
  }
}

export const HOSTS: readonly Operator[] = [
  ...pair({
    schema: HOSTS_VALUE,
    is: { name: 'host_in', description: 'The host of a URL is one of these.' },
    isNot: { name: 'not_host_in', description: 'The host of a URL is none of these, or it is missing.' },
    prepare: (value) => {
      const hosts = new HostSet()
      const problems = problemsAmong(value, {
        isGood: (entry) => hosts.add(entry),
        code: 'bad_host',
        wanted: 'a host such as example.com, *.example.com or 192.0.2.1, without scheme, port or path',
      })
      return problems.length > 0 ? { problems } : eachText(READER, (host) => hosts.has(host))
    },
  }),
  ...pair({
    schema: YES_VALUE,
    valueOptional: true,
    is: {
      name: 'host_private',
      description: 'The host of a URL is this machine, a private network or inside a cloud.',
    },
    isNot: { name: 'not_host_private', description: 'The host of a URL is on the public internet, or it is missing.' },
    prepare: () => eachText(READER, isPrivateHost),
  }),
]
