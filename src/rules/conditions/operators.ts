import { COMPARISONS } from './comparison.ts'
import { HOSTS } from './host.ts'
import { LENGTHS } from './length.ts'
import { MAILS } from './mail.ts'
import { MEMBERSHIPS } from './membership.ts'
import type { Operator } from './operator.ts'
import { PATHS } from './path.ts'
import { PATTERNS } from './pattern.ts'
import { PRESENCE } from './presence.ts'
import { TEXTS } from './text.ts'

/** Every operator of this version, by name. */
export const OPERATORS: ReadonlyMap<string, Operator> = new Map(
  [...COMPARISONS, ...TEXTS, ...PATTERNS, ...MEMBERSHIPS, ...PRESENCE, ...LENGTHS, ...MAILS, ...HOSTS, ...PATHS].map(
    (operator) => [operator.name, operator],
  ),
)
