import { DomainSet } from '../domain-name.ts'
import { mailDomains } from '../mail-address.ts'
import { eachText, type Reader } from './elements.ts'
import { type Operator, pair } from './operator.ts'
import { DOMAINS_VALUE, problemsAmong } from './values.ts'

/** Measured on a text of nothing but short addresses, where a domain is worked out for every few characters. */
const READER: Reader<readonly string[]> = { read: mailDomains, steps: 400, stepsPerCharacter: 40 }

/** Each recipient is judged by itself, so that one good address can not carry a bad one along. */
export const MAILS: readonly Operator[] = pair({
  schema: DOMAINS_VALUE,
  is: { name: 'email_domain_in', description: 'The domain of a mail address is one of these.' },
  isNot: {
    name: 'not_email_domain_in',
    description: 'The domain of a mail address is none of these, or it is missing.',
  },
  prepare: (value) => {
    const domains = new DomainSet()
    const problems = problemsAmong(value, {
      isGood: (entry) => domains.add(entry),
      code: 'bad_domain',
      wanted: 'a domain such as example.com, or *.example.com for those below it',
    })
    if (problems.length > 0) return { problems }
    return eachText(READER, (found) => found.map((domain) => domains.has(domain)))
  },
})
