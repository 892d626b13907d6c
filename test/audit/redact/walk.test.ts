import fc from 'fast-check'
import { describe, expect, it, test } from 'vitest'
import type { Params } from '../../../src/domain/plain.ts'
import { withPlainMarks } from '../../../src/domain/redacted.ts'
import { frozenPlain, toJsonText } from '../../../src/support/json.ts'
import { anyParams } from '../entries.ts'
import { redactorWith, shownBy } from './redactors.ts'

const redactor = redactorWith()

describe('where secrets are found', () => {
  test.each`
    params                                                        | shown
    ${{ card: { number: '4111111111111111', name: 'Bob' } }}      | ${{ card: { number: '[redacted]', name: 'Bob' } }}
    ${{ card: { number: 4111111111111111 } }}                     | ${{ card: { number: '[redacted]' } }}
    ${{ card: { number: 4111111111111111n } }}                    | ${{ card: { number: '[redacted]' } }}
    ${{ credentials: { user: 'bob', key: [1, 2] } }}              | ${{ credentials: '[redacted]' }}
    ${{ headers: [{ name: 'Authorization', value: 'x' }] }}       | ${{ headers: [{ name: 'Authorization', value: '[redacted]' }] }}
    ${{ headers: [{ key: 'x-api-key', value: 'x', type: 't' }] }} | ${{ headers: [{ key: 'x-api-key', value: '[redacted]', type: 't' }] }}
    ${{ tags: [{ Key: 'password', Value: 'x' }, { Key: 'a', Value: 'b' }] }} | ${{ tags: [{ Key: 'password', Value: '[redacted]' }, { Key: 'a', Value: 'b' }] }}
    ${{ fields: [{ field: 'password', value: 'x' }, { label: 'Page', value: 'y' }] }} | ${{ fields: [{ field: 'password', value: '[redacted]' }, { label: 'Page', value: 'y' }] }}
    ${{ selector: 'input[name="user-password"]', value: 'x' }}    | ${{ selector: 'input[name="user-password"]', value: '[redacted]' }}
    ${{ element: 'API key field', ref: 'e5', text: 'x' }}         | ${{ element: 'API key field', ref: 'e5', text: '[redacted]' }}
    ${{ selector: '#loginPassword', text: 'x' }}                  | ${{ selector: '#loginPassword', text: '[redacted]' }}
    ${{ selector: '#author', text: 'x', value: 'y' }}             | ${{ selector: '#author', text: 'x', value: 'y' }}
    ${{ element: 'Keyboard layout', text: 'x' }}                  | ${{ element: 'Keyboard layout', text: 'x' }}
    ${{ headers: [['Cookie', 'x'], ['Accept', 'y']] }} | ${{ headers: [['Cookie', '[redacted]'], ['Accept', 'y']] }}
    ${{ args: ['--user', 'bob', '--password', 'x', '-v'] }}       | ${{ args: ['--user', 'bob', '--password', '[redacted]', '-v'] }}
    ${{ tags: ['password', 'reset'] }}                            | ${{ tags: ['password', 'reset'] }}
    ${{ body: '{"user":"bob","auth":{"token":"x"}}' }}            | ${{ body: '{"user":"bob","auth":"[redacted]"}' }}
    ${{ body: '[{"password":"x","n":12345678901234567890}]' }}    | ${{ body: '[{"password":"[redacted]","n":12345678901234567890}]' }}
    ${{ body: '{"inner":"{\\"pin\\":1234}"}' }}                   | ${{ body: '{"inner":"{\\"pin\\":\\"[redacted]\\"}"}' }}
    ${{ body: '{"password":"x","password":null}' }}               | ${{ body: '{"password":"[redacted]","password":null}' }}
    ${{ body: '{"keep":  "spaces"}' }}                            | ${{ body: '{"keep":  "spaces"}' }}
  `('[P14] $params', ({ params, shown }) => {
    expect(shownBy(redactor, params)).toEqual(shown)
  })

  test.each`
    params                                            | paths
    ${{ amount: 1 }}                                  | ${[]}
    ${{ z: { password: 'x' }, a: { password: 'x' } }} | ${['a.password', 'z.password']}
    ${{ headers: [{ name: 'Cookie', value: 'x' }] }}  | ${['headers[0].value']}
    ${{ headers: [['Cookie', 'x']] }}                 | ${['headers[0][1]']}
    ${{ args: ['--token', 'x'] }}                     | ${['args[1]']}
    ${{ 'a.b': { '': { password: 'x' } } }}           | ${['["a.b"][""].password']}
    ${{ text: 'password=x token=y' }}                 | ${['text']}
    ${{ body: '{"password":"x","token":"y"}' }}       | ${['body']}
  `('names the paths of $params: $paths', ({ params, paths }) => {
    expect(redactor.redact(params).paths).toEqual(paths)
  })

  it('[P14] a secret in a name is replaced too, and names stay apart', () => {
    const key = (last: string): string => `gh${'p_'}${'a1B2'.repeat(9)}${last}`
    const { params, paths } = redactor.redact({ [key('x')]: 1, [key('y')]: 2, '[redacted]': 3 })
    expect(params).toEqual({ '[redacted]': 1, '[redacted] (2)': 2, '[redacted] (3)': 3 })
    expect(paths).toEqual(['["[redacted]"]'])
  })

  it('[P14] finds a name that JSON text writes with an escape, whatever the text before it was', () => {
    redactor.redact({ body: '{"n":1,"pass\\\\u00":"x"}' })
    const redacted = redactor.redact({ body: '{"n":1,"pass\\u0077ord":"hunter2"}' })
    expect(withPlainMarks(redacted)).toEqual({ body: '{"n":1,"password":"[redacted]"}' })
  })

  it('hostile names are names like any other', () => {
    const params = frozenPlain(JSON.parse('{"__proto__":{"password":"x"},"constructor":{"token":"y"}}')) as Params
    const redacted = redactor.redact(params)
    expect(toJsonText(withPlainMarks(redacted))).toBe(
      '{"__proto__":{"password":"[redacted]"},"constructor":{"token":"[redacted]"}}',
    )
    expect(redacted.paths).toEqual(['__proto__.password', 'constructor.token'])
  })
})

describe('what comes back', () => {
  it('is the very same object when there is no secret in it', () => {
    const params = { amount: 50, to: 'bob@example.com', nested: { list: [1, 'two', { three: 3 }] }, at: '2026-01-05' }
    expect(redactor.redact(params).params).toBe(params)
  })

  it('shares what did not change, and is frozen where it did', () => {
    const params = frozenPlain({ kept: { a: 1 }, list: [{ b: 2 }, { token: 'x' }] }) as {
      kept: Params
      list: readonly Params[]
    } & Params
    const { params: shown } = redactor.redact(params)
    expect(shown.kept).toBe(params.kept)
    expect((shown.list as readonly Params[])[0]).toBe(params.list[0])
    for (const value of [shown, shown.list, (shown.list as readonly Params[])[1]])
      expect(Object.isFrozen(value)).toBe(true)
    expect(Object.getPrototypeOf(shown)).toBeNull()
    expect(params.list[1]).toEqual({ token: 'x' })
  })

  it('redacting twice hides nothing more', () => {
    fc.assert(
      fc.property(anyParams(), (params) => {
        const once = redactor.redact(params).params
        expect(shownBy(redactor, once)).toEqual(shownBy(redactor, params))
      }),
    )
  })

  it('[P14] never holds a planted secret, wherever it is planted', () => {
    const secret = 'Zq7'.repeat(6)
    const anyPlanted = fc.tuple(
      anyParams(),
      fc.constantFrom('password', 'API-Key', 'accessToken', 'client_secret', 'Cookie'),
      fc.constantFrom('direct', 'nested', 'pair', 'text', 'json'),
      fc.array(fc.constantFrom('a', 'b', 0), { maxLength: 5 }),
    )
    fc.assert(
      fc.property(anyPlanted, ([params, name, form, path]) => {
        const planted = {
          direct: { [name]: secret },
          nested: { [name]: { deep: [secret] } },
          pair: { name, value: secret },
          text: { text: `before ${name}=${secret} after` },
          json: { body: JSON.stringify({ a: [{ [name]: secret }] }) },
        }[form]
        const buried = path.reduce<Params>(
          (inner, step) => (step === 0 ? { list: [inner] } : { [step]: inner }),
          planted,
        )
        const { params: shown, paths } = redactor.redact({ ...params, buried })
        expect(toJsonText(shown)).not.toContain(secret)
        expect(paths.some((found) => found.startsWith('buried'))).toBe(true)
      }),
    )
  })

  it('[P24] stays right when more names come than it remembers', () => {
    for (let count = 0; count < 10_000; count++) redactor.redact({ [`name ${count}`]: 'x' })
    expect(redactor.redact({ password: 'x', ['p'.repeat(500)]: 'y' }).paths).toEqual(['password'])
  })
})
