/** Whether a name in a text says that a secret follows. `inQuery`: it stands in the query of an address. */
export type NamesSecret = (name: string, where: { readonly inQuery: boolean }) => boolean

/**
 * Case, `_`, `-`, `.`, spaces and what nobody sees do not make another name: `API-Key`, `apiKey` and `api_key` are one. Nor do the signs of
 * forms: `user[password]`, `"password":`, `Password*`.
 */
export function fold(name: string): string {
  const folded = name
    .normalize('NFKC')
    .toLowerCase()
    .replace(/[\s\p{Cf}_.:*?"'[\]-]/gu, '')
  return folded === '' ? name : folded
}

/** A folded name that ends like this holds a secret, whatever stands before: `dbPassword`, `X-Api-Key`, `client_secret`. */
const SECRET_ENDING =
  /(?:passwords?|passwd|passphrase|passcode|pwd|secrets?|token|jwt|credentials?|cookies?|cvv|cvc|cardnumber|(?:api|access|secret|private|signing|encryption|master|shared|account|license|hmac|subscription|functions|application|auth)keys?|(?:access|refresh|api|auth|bearer)tokens|(?:admin|auth|become|broker|database|db|email|ftp|http|imap|key|keystore|ldap|login|mail|mongo|mongodb|mq|mysql|pg|pop3?|postgres|redis|root|smtp|sql|ssh|ssl|store|sudo|tls|truststore|user|vpn|wifi)(?:pass|pw))$/

/** Secrets whose names are too common as an ending: `author`, `bypass` and `shopping_pin` are none. */
const SECRET_NAMES: ReadonlySet<string> = new Set([
  '2facode',
  'auth',
  'authheader',
  'authorization',
  'authorizationheader',
  'backupcode',
  'backupcodes',
  'basicauth',
  'bearer',
  'cardnum',
  'cardpin',
  'ccnum',
  'ccnumber',
  'cvn',
  'httpauth',
  'mfacode',
  'mnemonic',
  'onetimecode',
  'otp',
  'otpcode',
  'pass',
  'pin',
  'pinnumber',
  'pw',
  'proxyauth',
  'proxyauthorization',
  'recoverycode',
  'recoverycodes',
  'recoveryphrase',
  'secretkeybase',
  'securitycode',
  'seedphrase',
  'smscode',
  'socialsecurity',
  'socialsecuritynumber',
  'ssn',
  'totp',
  'totpcode',
  'twofactorcode',
  'verificationcode',
  'xauthorization',
])

/** Places in a list, marks in a text, names of a request and what is traded, which are called tokens too. */
const HARMLESS_TOKEN =
  /^(?:(?:next|prev|previous)?(?:page|paging|pagination|sync|continuation|cursor|resume|delta|forward|backward)|next|prev|previous|starting|eos|bos|pad|unk|mask|sep|cls|stop|max|min|per|costper|priceper|timetofirst|idempotency|clientrequest|from|to|input|output|base|quote|buy|sell|fee|gas)token$/

/** `passwordConfirmation`, `password2`, `API_KEY_PROD`, `tokenHash`, `privateKeyPem` hold what `password`, `token` and `privateKey` hold. */
const QUALIFIER =
  /(?:confirmation|confirm|again|repeat|new|old|hash|value|plain|plaintext|base64|b64|pem|raw|string|text|prod|production|staging|live)?\d{0,4}$/

/** Whether a value of this name is usually a secret. */
export function isUsualSecret(folded: string): boolean {
  if (HARMLESS_TOKEN.test(folded)) return false
  const bare = folded.replace(QUALIFIER, '')
  return isSecretName(folded) || (bare !== folded && !HARMLESS_TOKEN.test(bare) && isSecretName(bare))
}

const HUMP = /(?<=[a-z\d])(?=[A-Z])/
const WORDS = /[A-Za-z\d]+/g
const FIELD_CHARACTERS_MAX = 256

/** Whether a field of a form, as `#user-password`, `input[name="apiKey"]` or `Password field` tell which, usually takes a secret. */
export function isSecretField(told: string): boolean {
  if (told.length > FIELD_CHARACTERS_MAX) return false
  const words = told.match(WORDS)?.flatMap((word) => word.split(HUMP)) ?? []
  return words.some(
    (word, place) => isUsualSecret(fold(word)) || isUsualSecret(fold(`${word}${words[place + 1] ?? ''}`)),
  )
}

const isSecretName = (folded: string): boolean => SECRET_NAMES.has(folded) || SECRET_ENDING.test(folded)

/** In the query of an address these grant access as well; elsewhere they are everyday words. */
const QUERY_SECRETS: ReadonlySet<string> = new Set([
  'sig',
  'signature',
  'xamzsignature',
  'xamzcredential',
  'xgoogsignature',
  'xgoogcredential',
])

export const isQuerySecret = (folded: string): boolean => QUERY_SECRETS.has(folded)

/** Names that someone declared secret: whole names at any depth, or paths such as `card.number` and `items[].code`. */
export class DeclaredNames {
  readonly #names = new Set<string>()
  readonly #paths: (readonly string[])[] = []

  constructor(declared: readonly string[]) {
    for (const name of declared) {
      this.#names.add(fold(name))
      const segments = name.split(/\[\d*\]\.?|\./).filter((segment) => segment !== '')
      if (segments.length > 1) this.#paths.push(segments.map(fold))
      else if (segments[0] !== undefined) this.#names.add(fold(segments[0]))
    }
  }

  get size(): number {
    return this.#names.size
  }

  /** @param at the keys and places that lead to the value, the last of them its own. */
  has(folded: string, at: readonly (string | number)[]): boolean {
    return this.#names.has(folded) || this.#paths.some((path) => path.at(-1) === folded && endsWith(at, path))
  }
}

function endsWith(at: readonly (string | number)[], path: readonly string[]): boolean {
  const keys = at.filter((step) => typeof step === 'string').slice(-path.length)
  return keys.length === path.length && path.every((segment, index) => segment === fold(keys[index] ?? ''))
}
