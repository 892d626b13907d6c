import { describe, expect, it, test } from 'vitest'
import { redactorWith, shownBy } from './redactors.ts'

const isRedacted = (name: string, value: string | number | boolean | null = 'abc'): boolean =>
  shownBy(redactorWith(), { [name]: value })[name] === '[redacted]'

describe('names that hold a secret', () => {
  test.each`
    name                           | because
    ${'password'}                  | ${'the plain name'}
    ${'PASSWORD'}                  | ${'in any case'}
    ${'pass_word'}                 | ${'underscores do not matter'}
    ${'Pass-Word'}                 | ${'nor hyphens'}
    ${'pass word'}                 | ${'nor spaces'}
    ${'ｐａｓｓｗｏｒｄ'}          | ${'nor full-width letters'}
    ${'pass\u200bword\u00ad'}      | ${'nor what nobody sees'}
    ${'user[password]'}            | ${'as forms write it'}
    ${'card[number]'}              | ${'as forms write it'}
    ${'password[]'}                | ${'as forms write several'}
    ${'Password *'}                | ${'as forms label it'}
    ${'API_KEY_PROD'}              | ${'where it counts'}
    ${'userPassword'}              | ${'whatever stands before'}
    ${'db.password'}               | ${'flattened paths'}
    ${'PGPASSWORD'}                | ${'environment variables'}
    ${'passwd'}                    | ${'short forms'}
    ${'pwd'}                       | ${'shorter forms'}
    ${'pass'}                      | ${'as mailers write it'}
    ${'MYSQL_PASS'}                | ${'as many variables have it'}
    ${'ansible_become_pass'}       | ${'as tools have it'}
    ${'pw'}                        | ${'the shortest form'}
    ${'db_pw'}                     | ${'with what it opens'}
    ${'verification_code'}         | ${'once'}
    ${'Ocp-Apim-Subscription-Key'} | ${'a header'}
    ${'x-functions-key'}           | ${'a header'}
    ${'passphrase'}                | ${'of a key'}
    ${'passcode'}                  | ${'of a door'}
    ${'passwordConfirmation'}      | ${'the same password again'}
    ${'new_password'}              | ${'the next one'}
    ${'password2'}                 | ${'the second field'}
    ${'password_hash'}             | ${'can be tried offline'}
    ${'secret'}                    | ${'says so itself'}
    ${'client_secret'}             | ${'OAuth'}
    ${'SecretString'}              | ${'a secrets manager'}
    ${'SECRET_KEY_BASE'}           | ${'a web framework'}
    ${'aws_secret_access_key'}     | ${'a cloud'}
    ${'token'}                     | ${'lets its bearer in'}
    ${'accessToken'}               | ${'OAuth'}
    ${'refresh_token'}             | ${'OAuth'}
    ${'id-token'}                  | ${'OpenID'}
    ${'access_tokens'}             | ${'several'}
    ${'csrfToken'}                 | ${'a form'}
    ${'jwt'}                       | ${'a token by its kind'}
    ${'api_key'}                   | ${'a service'}
    ${'API-Key'}                   | ${'alike'}
    ${'apiKey'}                    | ${'alike'}
    ${'X-Api-Key'}                 | ${'a header'}
    ${'OPENAI_API_KEY'}            | ${'a variable'}
    ${'private_key'}               | ${'a key pair'}
    ${'privateKeyPem'}             | ${'in a form'}
    ${'encryptionKey'}             | ${'a cipher'}
    ${'signing_key'}               | ${'a signature'}
    ${'AccountKey'}                | ${'a connection string'}
    ${'authorization'}             | ${'the header'}
    ${'Proxy-Authorization'}       | ${'its sister'}
    ${'auth'}                      | ${'user and password'}
    ${'cookie'}                    | ${'a session'}
    ${'Set-Cookie'}                | ${'a session'}
    ${'credentials'}               | ${'whatever they are'}
    ${'pin'}                       | ${'of a card'}
    ${'otp'}                       | ${'once'}
    ${'mfa_code'}                  | ${'once'}
    ${'cvv'}                       | ${'of a card'}
    ${'CVV2'}                      | ${'of a card'}
    ${'card_cvc'}                  | ${'of a card'}
    ${'ssn'}                       | ${'of a person'}
    ${'social_security_number'}    | ${'in full'}
    ${'cardNumber'}                | ${'of a card'}
    ${'credit_card_number'}        | ${'in full'}
    ${'seed_phrase'}               | ${'of a wallet'}
  `('[P14] $name: $because', ({ name }) => {
    expect(isRedacted(name)).toBe(true)
  })
})

describe('names that do not', () => {
  test.each`
    name                    | because
    ${'author'}             | ${'writes books'}
    ${'authors'}            | ${'write books'}
    ${'authority'}          | ${'is an office'}
    ${'authorized'}         | ${'is a state'}
    ${'tokens'}             | ${'are counted'}
    ${'tokens_used'}        | ${'are counted'}
    ${'max_tokens'}         | ${'are counted'}
    ${'promptTokens'}       | ${'are counted'}
    ${'maxToken'}           | ${'is counted'}
    ${'nextPageToken'}      | ${'is a place in a list'}
    ${'page_token'}         | ${'is a place in a list'}
    ${'continuationToken'}  | ${'is a place in a list'}
    ${'startingToken'}      | ${'is a place in a list'}
    ${'clientRequestToken'} | ${'is a name of a request'}
    ${'idempotency_token'}  | ${'is a name of a request'}
    ${'fromToken'}          | ${'is traded'}
    ${'sell_token'}         | ${'is traded'}
    ${'eos_token'}          | ${'is a mark in a text'}
    ${'tokenizer'}          | ${'is a program'}
    ${'token_type'}         | ${'is a word'}
    ${'key'}                | ${'is any key'}
    ${'keys'}               | ${'are any keys'}
    ${'keyboard'}           | ${'is for typing'}
    ${'keyword'}            | ${'is for searching'}
    ${'monkey'}             | ${'is an animal'}
    ${'publicKey'}          | ${'is public'}
    ${'primary_key'}        | ${'is a column'}
    ${'idempotencyKey'}     | ${'is a name'}
    ${'passenger'}          | ${'flies'}
    ${'bypass'}             | ${'is a road'}
    ${'boarding_pass'}      | ${'is a ticket'}
    ${'proxy_pass'}         | ${'is an address'}
    ${'compass'}            | ${'points north'}
    ${'passed'}             | ${'is a state'}
    ${'passport'}           | ${'is looked up'}
    ${'password_policy'}    | ${'is published'}
    ${'secretary'}          | ${'answers the phone'}
    ${'secret_name'}        | ${'is a name'}
    ${'pinned'}             | ${'is a state'}
    ${'shipping'}           | ${'ends like no pin'}
    ${'spin'}               | ${'is a motion'}
    ${'option'}             | ${'is no otp'}
    ${'session'}            | ${'is a name of one'}
    ${'sessionId'}          | ${'is a name of one'}
    ${'cookieConsent'}      | ${'is a choice'}
    ${'accountNumber'}      | ${'is where money goes'}
    ${'iban'}               | ${'is where money goes'}
    ${'amount'}             | ${'is what is judged'}
    ${'name'}               | ${'is a name'}
    ${'value'}              | ${'is any value'}
    ${''}                   | ${'is nothing'}
  `('$name: $because', ({ name }) => {
    expect(isRedacted(name)).toBe(false)
  })
})

describe('values of a secret name', () => {
  test.each`
    value     | redacted | because
    ${'x'}    | ${true}  | ${'text'}
    ${123456} | ${true}  | ${'a number can be a code'}
    ${''}     | ${false} | ${'an empty field hides nothing'}
    ${null}   | ${false} | ${'nor does nothing'}
    ${true}   | ${false} | ${'nor a yes'}
    ${false}  | ${false} | ${'nor a no'}
  `('$value -> $redacted: $because', ({ value, redacted }) => {
    expect(isRedacted('password', value)).toBe(redacted)
  })
})

describe('declared names', () => {
  test.each`
    declared             | params                                                                                    | paths
    ${['memo']}          | ${{ memo: 'x', other: 'y' }}                                                              | ${['memo']}
    ${['memo']}          | ${{ Memo: 'x', a: [{ MEMO: 1 }] }}                                                        | ${['Memo', 'a[0].MEMO']}
    ${['home-address']}  | ${{ homeAddress: { street: 'x' } }}                                                       | ${['homeAddress']}
    ${['memo']}          | ${{ memo: null, a: { memo: false }, b: { memo: '' } }}                                    | ${['a.memo', 'b.memo', 'memo']}
    ${['memo']}          | ${{ memos: 'x', mymemo: 'y' }}                                                            | ${[]}
    ${['buyer.name']}    | ${{ buyer: { name: 'x' }, seller: { name: 'y' } }}                                        | ${['buyer.name']}
    ${['buyer.name']}    | ${{ deal: { buyer: { Name: 'x' } } }}                                                     | ${['deal.buyer.Name']}
    ${['items[].note']}  | ${{ items: [{ note: 'x' }, { note: 'y' }] }}                                              | ${['items[0].note', 'items[1].note']}
    ${['items[0].note']} | ${{ items: [{ note: 'x' }] }}                                                             | ${['items[0].note']}
    ${['note']}          | ${{ body: '{"note": "x", "n": 1}' }}                                                      | ${['body']}
    ${['note']}          | ${{ list: [{ name: 'Note', value: 'x' }, ['note', 'x'], { name: 'other', value: 'x' }] }} | ${['list[0].value', 'list[1][1]']}
    ${['note']}          | ${{ args: ['--note', 'x', '--other', 'y'] }}                                              | ${['args[1]']}
    ${['buyer.name']}    | ${{ args: ['--name', 'x'] }}                                                              | ${[]}
    ${['note']}          | ${{ body: 'call me, note=x' }}                                                            | ${['body']}
  `('[P14] $declared in $params: $paths', ({ declared, params, paths }) => {
    expect(redactorWith({ names: declared }).redact(params).paths).toEqual(paths)
    expect(redactorWith().redact(params, declared).paths).toEqual(paths)
  })

  it('of one tool are not those of another', () => {
    const redactor = redactorWith({ names: ['always'] })
    const params = { always: 1, first: 2, second: 3 }
    expect(redactor.redact(params, ['first']).paths).toEqual(['always', 'first'])
    expect(redactor.redact(params, ['second']).paths).toEqual(['always', 'second'])
    expect(redactor.redact(params).paths).toEqual(['always'])
  })
})
