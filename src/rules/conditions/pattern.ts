import { expected } from '../judgement.ts'
import { compileRegex, type RegexAnchor } from '../regex.ts'
import { type Operator, operator, positive } from './operator.ts'
import { REGEX_VALUE } from './values.ts'

const matching = (name: string, description: string, anchor: RegexAnchor): Operator =>
  operator({
    name,
    description,
    schema: REGEX_VALUE,
    prepare: (source) => {
      const regex = compileRegex(source, anchor)
      if ('problem' in regex) return { problems: [{ code: 'bad_regex', message: regex.problem }] }
      return positive((value, effort) =>
        typeof value === 'string' ? regex.matches(value, effort) : expected('text', value),
      )
    },
  })

/** Regular expressions in linear time. Both names are the Python project's: the one its code knows, and the one its docs name. */
export const PATTERNS: readonly Operator[] = [
  matching('regex', 'The expression matches somewhere in the text.', 'anywhere'),
  matching('matches', 'The expression matches at the start of the text; end it with $ for the whole of it.', 'start'),
]
