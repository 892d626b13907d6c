import fc from 'fast-check'
import type { ScoredCall } from '../../../src/domain/call.ts'
import type { Plain } from '../../../src/domain/plain.ts'
import type { EpochMs } from '../../../src/domain/units.ts'

const anyPlain = fc.letrec<{ value: Plain }>((tie) => ({
  value: fc.oneof(
    { depthSize: 'small' },
    fc.constantFrom<Plain>(
      null,
      true,
      false,
      '',
      '-0',
      '1e999',
      '__proto__',
      'NaN',
      'eve@evil.example',
      '/etc/passwd',
      '[redacted:0123456789abcdef]',
      0,
      -0,
    ),
    fc.double({ noNaN: true, noDefaultInfinity: true }),
    fc.bigInt(),
    fc.string({ unit: 'binary', maxLength: 60 }),
    fc.array(tie('value'), { maxLength: 4 }),
    fc.dictionary(fc.string({ maxLength: 6 }), tie('value'), { maxKeys: 4 }),
  ),
})).value
const anyParams = fc.dictionary(fc.constantFrom('a', 'b', '__proto__', 'constructor', 'to', 'x.y'), anyPlain, {
  maxKeys: 4,
})

/** A call of few tools and agents at any time, with the nastiest values there are. */
export const anyCall: fc.Arbitrary<ScoredCall> = fc.record({
  tool: fc.constantFrom('t', 'get_t', ''),
  agentId: fc.constantFrom('x', 'y'),
  at: fc.oneof(fc.integer({ min: 0, max: 1e9 }), fc.constantFrom(-8.64e15, 8.64e15, 0)).map((at) => at as EpochMs),
  params: anyParams,
})
