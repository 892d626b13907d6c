const ACCOUNT_CHARS_MIN = 15
const ACCOUNT_CHARS_MAX = 100
/** Country, two check digits, then 11 to 30 letters and digits, in one piece or in fours. */
const IBAN = /^[a-z]{2}\d{2}(?: ?[a-z\d]{4}){2,7}(?: ?[a-z\d]{1,3})?$/i
const IBAN_CHARS_MIN = 15
const IBAN_DIGITS_MIN = 8
/** Digests and trace ids are lower-case hex; an account number is not. */
const LOWER_CASE_HEX = /^[\da-f]+$/
const ETHEREUM = /^0x[\da-f]{40}$/i
const BECH32 = /^(?:bc|tb|ltc)1[02-9ac-hj-np-z]{11,87}$/i

/** A bank account (IBAN) or a crypto address, by its shape alone, in one spelling; undefined for other text. */
export function accountOf(text: string): string | undefined {
  if (text.length < ACCOUNT_CHARS_MIN || text.length > ACCOUNT_CHARS_MAX) return undefined
  if (ETHEREUM.test(text) || BECH32.test(text)) return text.toLowerCase()
  return ibanOf(text)
}

function ibanOf(text: string): string | undefined {
  if (!IBAN.test(text) || LOWER_CASE_HEX.test(text)) return undefined
  const account = text.replaceAll(' ', '')
  const digits = account.replace(/\D/g, '').length
  return account.length >= IBAN_CHARS_MIN && digits >= IBAN_DIGITS_MIN ? account.toUpperCase() : undefined
}
