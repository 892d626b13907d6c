import { z } from 'zod'
import { durationMs } from '../../support/duration.ts'
import { CALLS_IN_WINDOW_MAX, WINDOW_DAYS_MAX } from '../limits.ts'

/** What one window holds together. */
const GROUPS = ['agent', 'principal', 'session', 'tool'] as const
export type Group = (typeof GROUPS)[number]

/** What a window holds, how far back it reaches, and what is too much. */
export interface WindowValue {
  /** Milliseconds. */
  readonly window: number
  readonly max: number
  readonly by: Group
}

export interface AfterValue {
  /** A pattern. */
  readonly tool: string
  /** Milliseconds. */
  readonly within: number
}

const WINDOW_MAX_MS = WINDOW_DAYS_MAX * 86_400_000

/** A length of time, such as `90s`; read as milliseconds. */
const duration = (what: string): z.ZodType<number> =>
  z
    .string()
    .regex(/^[1-9]\d{0,8}[smhd]$/, { error: 'expected a time such as 90s, 10m, 1h or 7d; write one' })
    .transform((text, context) => {
      const ms = durationMs(text)
      if (ms !== undefined && ms <= WINDOW_MAX_MS) return ms
      context.addIssue(`expected at most ${WINDOW_DAYS_MAX}d, found ${text}; make it shorter`)
      return z.NEVER
    })
    .meta({ description: `${what}: a whole number and s, m, h or d, such as 90s, 10m, 1h or 7d.` })

const windowed = (max: z.ZodType<number>): z.ZodType<WindowValue> =>
  z.strictObject({
    window: duration('How far back it counts'),
    max: max.meta({ description: 'So much is fine, this call included.' }),
    by: z.enum(GROUPS).meta({
      description: 'What is counted together: the calls of one agent, one principal, one session, or one tool.',
    }),
  })

export const CALLS_VALUE: z.ZodType<WindowValue> = windowed(z.int().nonnegative().max(CALLS_IN_WINDOW_MAX))
export const SUM_VALUE: z.ZodType<WindowValue> = windowed(z.number().nonnegative())
export const AFTER_VALUE: z.ZodType<AfterValue> = z.strictObject({
  tool: z.string().min(1).meta({ description: 'The tool that ran before, by pattern.' }),
  within: duration('How long ago at most'),
})
