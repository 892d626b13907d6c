/** Words that people write for a word of ours. */
const ALIASES: ReadonlyMap<string, string> = new Map(
  Object.entries({
    '=': 'eq',
    '==': 'eq',
    equals: 'eq',
    equal: 'eq',
    is: 'eq',
    '!=': 'ne',
    neq: 'ne',
    not_equals: 'ne',
    not_eq: 'ne',
    '>': 'gt',
    greater_than: 'gt',
    '>=': 'gte',
    ge: 'gte',
    '<': 'lt',
    less_than: 'lt',
    '<=': 'lte',
    le: 'lte',
    one_of: 'in',
    any_of: 'in',
    nin: 'not_in',
    starts_with: 'startswith',
    prefix: 'startswith',
    ends_with: 'endswith',
    suffix: 'endswith',
    includes: 'contains',
    match: 'matches',
    regexp: 'regex',
    length_gt: 'len_gt',
    max_length: 'len_gt',
    domain_in: 'email_domain_in',
    present: 'exists',
    deny: 'block',
    refuse: 'block',
    reject: 'block',
    forbid: 'block',
    permit: 'allow',
    pass: 'allow',
    escalate: 'require_approval',
    approval: 'require_approval',
    approve: 'require_approval',
    ask: 'require_approval',
    log: 'warn',
    alert: 'warn',
    warning: 'warn',
    tool: 'function_pattern',
    function: 'function_pattern',
    pattern: 'function_pattern',
    agent: 'agent_pattern',
    condition: 'conditions',
    op: 'operator',
    parameter: 'param',
    field: 'param',
    path: 'param',
    values: 'value',
    and: 'all',
    or: 'any',
    none: 'not',
  }),
)

/** Words longer than this are not compared. */
const WORD_CHARACTERS_MAX = 40

/** How many single-character changes (swapping two neighbours is one) turn one word into the other. */
function distance(from: string, to: string): number {
  let beforeLast: number[] = []
  let last = Array.from({ length: to.length + 1 }, (_, index) => index)
  for (let row = 1; row <= from.length; row++) {
    const current = [row]
    for (let column = 1; column <= to.length; column++) {
      const same = from[row - 1] === to[column - 1]
      const swapped = from[row - 1] === to[column - 2] && from[row - 2] === to[column - 1]
      current[column] = Math.min(
        (last[column] ?? 0) + 1,
        (current[column - 1] ?? 0) + 1,
        (last[column - 1] ?? 0) + (same ? 0 : 1),
        swapped ? (beforeLast[column - 2] ?? 0) + 1 : Number.POSITIVE_INFINITY,
      )
    }
    beforeLast = last
    last = current
  }
  return last[to.length] ?? 0
}

/** The known word that was probably meant; undefined when none is near. */
function nearest(word: string, known: readonly string[]): string | undefined {
  const folded = word.toLowerCase().replaceAll(/[\s-]+/g, '_')
  if (folded.length > WORD_CHARACTERS_MAX) return undefined
  const alias = ALIASES.get(folded)
  if (alias !== undefined && known.includes(alias)) return alias
  const ranked = known
    .map((candidate) => ({ candidate, changes: distance(folded, candidate.toLowerCase()) }))
    .sort((a, b) => a.changes - b.changes)
  const best = ranked[0]
  return best !== undefined && best.changes <= Math.max(1, Math.floor(folded.length / 3)) ? best.candidate : undefined
}

/** ` Did you mean "block"?`, or nothing. */
export function didYouMean(word: string, known: readonly string[]): string {
  const meant = nearest(word, known)
  return meant === undefined ? '' : ` Did you mean "${meant}"?`
}
