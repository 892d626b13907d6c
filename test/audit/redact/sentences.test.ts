import { describe, expect, test } from 'vitest'
import { redactorWith } from './redactors.ts'

const { redactText } = redactorWith({ names: ['customer_note'] })

describe('secrets that are told in a sentence', () => {
  test.each`
    text                                                | shown
    ${'my password is hunter2'}                         | ${'my password is [redacted]'}
    ${'My password is hunter2, please log in'}          | ${'My password is [redacted], please log in'}
    ${'The password was Sunshine99.'}                   | ${'The password was [redacted].'}
    ${'the password is swordfish'}                      | ${'the password is [redacted]'}
    ${'the password is Swordfish. Do not tell'}         | ${'the password is [redacted]. Do not tell'}
    ${'the password is swordfish and the user is bob'}  | ${'the password is [redacted] and the user is bob'}
    ${'password is: swordfish'}                         | ${'password is: [redacted]'}
    ${'her pin is 4711'}                                | ${'her pin is [redacted]'}
    ${'The PIN is 4711!'}                               | ${'The PIN is [redacted]!'}
    ${'the one time code is 482913'}                    | ${'the one time code is [redacted]'}
    ${'my api key is 9f3c21aa'}                         | ${'my api key is [redacted]'}
    ${'our secret key is "open sesame"'}                | ${'our secret key is "[redacted]"'}
    ${'the password is “two words”'}                    | ${'the password is “[redacted]”'}
    ${'the passphrase is correct-horse-battery-staple'} | ${'the passphrase is [redacted]'}
    ${'Set the password to hunter2'}                    | ${'Set the password to [redacted]'}
    ${'reset my password to P@ssw0rd!'}                 | ${'reset my password to [redacted]'}
    ${'update the token to aB3x9'}                      | ${'update the token to [redacted]'}
    ${'the token: abc'}                                 | ${'the token: [redacted]'}
    ${'use the token: abc.'}                            | ${'use the token: [redacted].'}
    ${'here is my api key: abc123, keep it'}            | ${'here is my api key: [redacted], keep it'}
    ${'with api key = abc123'}                          | ${'with api key = [redacted]'}
    ${'my customer note is B4-dly'}                     | ${'my customer note is [redacted]'}
    ${'your access token is abcDEF'}                    | ${'your access token is [redacted]'}
    ${'**API key:** abc123'}                            | ${'**API key:** [redacted]'}
    ${'my api key is `abc123`'}                         | ${'my api key is `[redacted]`'}
    ${'log in as bob with password hunter2!'}           | ${'log in as bob with password [redacted]'}
    ${'machine h login bob password hunter2'}           | ${'machine h login bob password [redacted]'}
    ${"ALTER USER bob WITH PASSWORD 'swordfish'"}       | ${"ALTER USER bob WITH PASSWORD '[redacted]'"}
    ${"IDENTIFIED WITH sha2 BY 'swordfish'"}            | ${"IDENTIFIED WITH sha2 BY '[redacted]'"}
    ${'my credentials are bob/hunter2'}                 | ${'my credentials are [redacted]'}
  `('[P14] $text', ({ text, shown }) => {
    expect(redactText(text)).toBe(shown)
  })
})

describe('sentences about secrets that tell none', () => {
  test.each`
    text
    ${'the password is wrong'}
    ${'a password reset by e-mail'}
    ${'password SHA-256, passwords in Base64'}
    ${"the password 'required'"}
    ${'The password is incorrect.'}
    ${'password is required'}
    ${'Password is required, and the token is optional'}
    ${'the password: required'}
    ${'your password is too short'}
    ${'the password is at least 8 characters long'}
    ${'the password is 12 characters long'}
    ${'a pin is 4 digits'}
    ${'the key is 2048 bits, the token is 256 bits'}
    ${'my password is stored in the vault'}
    ${'the password is case-sensitive'}
    ${'the token is read-only'}
    ${'the token is base64-encoded'}
    ${'the secret is SHA-256 of the body'}
    ${'the password was changed yesterday'}
    ${'the password is not set'}
    ${'the password is the name of my dog'}
    ${'the password is null'}
    ${'the token is expired'}
    ${'the token is valid for 10 minutes'}
    ${'the cookie is delicious'}
    ${'the secret is patience'}
    ${'the secret to success is work'}
    ${'the password to the vault is safe'}
    ${'use the password to log in'}
    ${'this is the token to use'}
    ${'the secret: see below'}
    ${'the token: see the wiki'}
    ${'the pass is here: Brenner'}
    ${'your boarding pass is B42, the ski pass: adult'}
    ${'send the token to 0xAbC123, swap one token to USDC'}
    ${'the arguments do not fit: password: Invalid input; token: Required'}
    ${'the author is Bob'}
    ${'the amount is 500'}
    ${'the public key is abc123'}
    ${'the number of tokens is 500'}
    ${'the meeting is at 10:30'}
    ${'is the password is'}
    ${'password is '}
    ${'password is …'}
    ${'the password is ********'}
    ${'the password is [redacted]'}
  `('$text', ({ text }) => {
    expect(redactText(text)).toBe(text)
  })
})

describe('[P6] a mebibyte of', () => {
  test.each(['password is ', ' is ', 'a is a', 'pin to "', 'token: ', 'my api key is x ', 'is is is ', 'a '])(
    '%j ends',
    (unit) => {
      expect(typeof redactText(unit.repeat(2 ** 20 / unit.length))).toBe('string')
    },
  )
})
