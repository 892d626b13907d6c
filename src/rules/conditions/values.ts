import { z } from 'zod'
import type { Plain } from '../../domain/plain.ts'
import { LIST_ITEMS_MAX } from '../limits.ts'
import type { Problem } from './operator.ts'

/** What the values of rules may be, shared by operators so that editors see each kind once. */
export const NUMBER_VALUE: z.ZodType<number> = z.number().meta({ description: 'A number, without quotes.' })
export const COUNT_VALUE: z.ZodType<number> = z
  .int()
  .nonnegative()
  .meta({ description: 'A whole number, 0 or more, without quotes.' })
export const TEXT_VALUE: z.ZodType<string> = z.string().meta({ description: 'Text.' })
export const REGEX_VALUE: z.ZodType<string> = z
  .string()
  .meta({ description: 'A regular expression in RE2 syntax: no look-around, no back-references.' })
export const ANY_VALUE: z.ZodType<Plain> = (z.unknown() as unknown as z.ZodType<Plain>).meta({
  description: 'What to compare with: a number, text, true, false, null, an array or an object.',
})
export const LIST_VALUE: z.ZodType<readonly Plain[]> = z
  .array(ANY_VALUE)
  .max(LIST_ITEMS_MAX)
  .meta({ description: 'The values to look among.' })
export const PRESENCE_VALUE: z.ZodType<boolean> = z
  .boolean()
  .meta({ description: 'true (the default): the parameter is there. false: it is not.' })
export const YES_VALUE: z.ZodType<true> = z.literal(true).meta({ description: 'Always true; may be left out.' })

const textOrTexts = (description: string): z.ZodType<string | readonly string[]> =>
  z.union([z.string(), z.array(z.string()).min(1).max(LIST_ITEMS_MAX)]).meta({ description })

export const DOMAINS_VALUE: z.ZodType<string | readonly string[]> = textOrTexts(
  'Mail domains: example.com for exactly that one, *.example.com for those below it.',
)
export const HOSTS_VALUE: z.ZodType<string | readonly string[]> = textOrTexts(
  'Hosts: example.com for exactly that one, *.example.com for those below it, or an IP address.',
)
export const DIRECTORIES_VALUE: z.ZodType<string | readonly string[]> = textOrTexts(
  'Directories such as /srv/data; a path is under a directory when it is that directory or below it.',
)

interface EntryCheck {
  readonly isGood: (entry: string) => boolean
  readonly code: string
  /** `a domain such as example.com` */
  readonly wanted: string
}

/** What is wrong with one text, or with some of several; each problem has its place in the value, such as `[2]`. */
export function problemsAmong(value: string | readonly string[], check: EntryCheck): readonly Problem[] {
  const entries =
    typeof value === 'string' ? [{ text: value, at: '' }] : value.map((text, i) => ({ text, at: `[${i}]` }))
  return entries
    .filter(({ text }) => !check.isGood(text))
    .map(({ text, at }) => ({ at, code: check.code, message: `expected ${check.wanted}, found ${quoted(text)}` }))
}

const QUOTED_CHARACTERS_MAX = 60

const quoted = (text: string): string =>
  text.length > QUOTED_CHARACTERS_MAX
    ? `${JSON.stringify(text.slice(0, QUOTED_CHARACTERS_MAX))} and ${text.length - QUOTED_CHARACTERS_MAX} characters more`
    : JSON.stringify(text)
