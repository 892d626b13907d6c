import { z } from 'zod'
import { ACTIONS, type Action } from '../../domain/action.ts'
import { FILE_ACTIONS, type FileAction } from '../../rules/schema.ts'
import { durationMs } from '../../support/duration.ts'

const CASES_PER_FILE_MAX = 10_000
const CALLS_BEFORE_MAX = 100
const TIMES_MAX = 1_000
const EVERY_DEFAULT = '1m'

interface CalledBy {
  readonly tool: string
  readonly params: Readonly<Record<string, unknown>>
  readonly agent?: string | undefined
  readonly principal?: string | undefined
  readonly session?: string | undefined
}

/** A call that was made and let through before the case, and how long after it the next one comes. */
export interface CallBefore extends CalledBy {
  readonly times: number
  /** `90s`, `15m`, `2h`, `7d` */
  readonly every: string
}

/** A call, and what must come of it. */
export interface PolicyCase extends CalledBy {
  readonly name?: string | undefined
  readonly before: readonly CallBefore[]
  readonly expect: {
    /** Rules files say `require_approval` of what a decision calls `escalate`; a case may say either. */
    readonly action: Action | FileAction
    readonly rules?: readonly string[] | undefined
    readonly reasons?: readonly string[] | undefined
  }
}

interface CaseFile {
  readonly cases: readonly PolicyCase[]
}

const text = z.string().min(1)

const call = {
  tool: text.meta({ description: 'The name of the tool.' }),
  params: z.record(z.string(), z.unknown()).default({}).meta({ description: 'Its arguments by name.' }),
  agent: text.optional().meta({ description: 'Who calls; without it, the default agent.' }),
  principal: text.optional().meta({ description: 'For whom.' }),
  session: text.optional().meta({ description: 'Within which session.' }),
}

const callBefore = z.strictObject({
  ...call,
  times: z.int().min(1).max(TIMES_MAX).default(1).meta({ description: 'So many such calls, one after the other.' }),
  every: z
    .string()
    .refine((every) => durationMs(every) !== undefined, { error: 'expected a time such as 90s, 15m, 2h or 7d' })
    .default(EVERY_DEFAULT)
    .meta({ description: 'How long after each of them the next call comes: 90s, 15m, 2h, 7d.' }),
})

const expectation = z
  .strictObject({
    action: z.enum([...new Set([...ACTIONS, ...FILE_ACTIONS])]).meta({ description: 'What the guard decides.' }),
    rules: z.array(text).optional().meta({ description: 'The rules behind it: these and no others, in any order.' }),
    reasons: z.array(text).optional().meta({ description: 'Each is part of one of the reasons given.' }),
  })
  .meta({ description: 'What must come of it.' })

const policyCase = z
  .strictObject({
    name: text.optional().meta({ description: 'What it is about, in a few words.' }),
    ...call,
    before: z
      .array(callBefore)
      .max(CALLS_BEFORE_MAX)
      .default([])
      .meta({ description: 'Calls that were made and let through before this one, oldest first.' }),
    expect: expectation,
  })
  .meta({ id: 'case', title: 'Case' })

/** A file of policy cases: calls, and what the guard must make of each. */
export const caseFileSchema: z.ZodType<CaseFile> = z.strictObject({
  $schema: z.string().optional().meta({ description: 'Where editors find this description.' }),
  description: z.string().optional().meta({ description: 'A note for people.' }),
  cases: z.array(policyCase).min(1).max(CASES_PER_FILE_MAX).meta({ description: 'At least one.' }),
})

export const CASE_KEYS: readonly string[] = Object.keys(policyCase.shape)

/** The JSON Schema that editors use, published as `sentinel-guard/cases.schema.json`. */
export function casesJsonSchema(): Readonly<Record<string, unknown>> {
  const { $schema, ...schema } = z.toJSONSchema(caseFileSchema, { target: 'draft-7', io: 'input' })
  return { $schema, title: 'Sentinel policy cases', ...schema }
}
