import { type Operator, operator } from './operator.ts'
import { PRESENCE_VALUE } from './values.ts'

/** `null` may mean "given" or "not given": which of them is the tool's affair, so it is in doubt. */
const NULL_FOUND = { because: 'found null, which may stand for a value that was not given' }

export const PRESENCE: readonly Operator[] = [
  operator({
    name: 'exists',
    description: 'The parameter is there; with "value": false, it is not.',
    schema: PRESENCE_VALUE,
    valueOptional: true,
    prepare: (wanted: boolean | undefined) => ({
      test: (value) => (value === null ? NULL_FOUND : (wanted ?? true)),
      whenMissing: wanted === false,
      asksAboutMissing: true,
    }),
  }),
]
