import { z } from 'zod'
import { configErrorAt, shownValue } from './config/issues.ts'
import type { ToolTraits } from './domain/call.ts'
import type { Params } from './domain/plain.ts'
import type { FailMode } from './domain/settings.ts'
import { SentinelConfigError, type SentinelError } from './errors.ts'
import type { ArgumentNaming } from './snapshot/arguments.ts'

/** A zod schema, or anything with its `safeParseAsync`. */
export interface ParamsSchema {
  safeParseAsync(value: unknown): Promise<
    | { readonly success: true }
    | {
        readonly success: false
        readonly error: { readonly issues: readonly SchemaIssue[] }
      }
  >
}

/** What a schema has against one value. */
export interface SchemaIssue {
  readonly path: readonly PropertyKey[]
  readonly message: string
}

/** What the guard is told about one tool. */
export interface ToolOptions<Result = unknown> extends ArgumentNaming {
  /** What the tool does, in a sentence: told to the LLM analysis. */
  readonly description?: string | undefined
  /** The tool only reads. */
  readonly readOnly?: boolean | undefined
  /** Parameters that say where something goes; `whenNew`: what a value never seen before means. Default `warn`. */
  readonly destinations?:
    | { readonly params: readonly string[]; readonly whenNew?: 'warn' | 'escalate' | undefined }
    | undefined
  /** Names of parameters that no log, approver or scorer may see. */
  readonly secret?: readonly string[] | undefined
  /** Names of parameters that are not scored. Rules still read them. */
  readonly ignore?: readonly string[] | undefined
  /** Checked on a copy of the arguments before they are judged; what it transforms is not used. */
  readonly schema?: ParamsSchema | undefined
  /** Instead of the configuration's. */
  readonly failMode?: FailMode | undefined
  /** Extra facts for the approver, asked for only when one is asked. */
  readonly context?: ((params: Params) => unknown) | undefined
  /** Turns a refusal into a result of the tool instead of a throw. Not called for what the tool itself throws. */
  readonly onRefused?: ((error: SentinelError) => Result | Awaited<Result>) | undefined
  /**
   * Makes the result of a call that an approver changed one that says so, for the model to know what really ran. Without it the result
   * stays as the tool gave it. Not called for a stream.
   */
  onEdited?(edit: EditNotice, result: Awaited<Result>): Awaited<Result>
  /** The function returns an async iterable: return it at once and decide at the first `next()`. An `async function*` needs no telling. */
  readonly stream?: boolean | undefined
}

/** A call that ran with other arguments than the agent gave it. */
export interface EditNotice {
  readonly approvalId: string
  /** Who changed them. */
  readonly by: string | undefined
  readonly note: string | undefined
  /** What ran, secrets redacted. */
  readonly params: Params
}

/** A tool as the guard knows it, options checked. */
export interface ToolProfile extends ArgumentNaming {
  readonly tool: string
  readonly description: string | undefined
  readonly traits: ToolTraits
  readonly secret: readonly string[]
  readonly schema: ParamsSchema | undefined
  readonly failMode: FailMode | undefined
  readonly context: ((params: Params) => unknown) | undefined
  readonly onEdited: ((edit: EditNotice, result: unknown) => unknown) | undefined
  readonly stream: boolean
}

const names = z.array(z.string().min(1))
const functionOption = z.custom((value) => typeof value === 'function', { error: 'expected a function' })
export const toolSchema: z.ZodObject = z.strictObject({
  tool: z.string().min(1, { error: 'a tool needs a name' }).max(1_000),
  description: z.string().min(1).max(10_000).optional(),
  params: z.union([z.literal('first'), names], { error: "expected 'first', or the names of arguments" }).optional(),
  passthrough: names.optional(),
  readOnly: z.boolean().optional(),
  destinations: z.strictObject({ params: names.min(1), whenNew: z.enum(['warn', 'escalate']).optional() }).optional(),
  secret: names.optional(),
  ignore: names.optional(),
  schema: z
    .custom((value) => typeof value === 'object' && value !== null && 'safeParseAsync' in value, {
      error: 'expected a zod schema',
    })
    .optional(),
  failMode: z.enum(['secure', 'safe']).optional(),
  context: functionOption.optional(),
  onRefused: functionOption.optional(),
  onEdited: functionOption.optional(),
  stream: z.boolean().optional(),
})

const OPTIONS: readonly string[] = Object.keys(toolSchema.shape).filter((key) => key !== 'tool')

/**
 * Checks the options of a tool.
 * @throws SentinelConfigError listing everything wrong with them.
 */
export function toolProfile(tool: string, options: Omit<ToolOptions, 'onRefused'>): ToolProfile {
  const place = `tool '${String(tool)}'`
  if (typeof options !== 'object' || options === null)
    throw new SentinelConfigError([
      { path: place, code: 'wrong_value', message: `expected its options as an object, found ${shownValue(options)}` },
    ])
  const given = { tool, ...options }
  const parsed = toolSchema.safeParse(given)
  if (!parsed.success) throw configErrorAt(place, parsed.error, { given, keys: OPTIONS })
  const { params, passthrough, readOnly = false, destinations, secret = [], ignore = [] } = options
  return Object.freeze({
    tool,
    description: options.description,
    params,
    passthrough,
    traits: {
      readOnly,
      destinations: { params: destinations?.params ?? [], whenNew: destinations?.whenNew ?? 'warn' },
      ignore,
    },
    secret,
    schema: options.schema,
    failMode: options.failMode,
    context: options.context,
    onEdited: options.onEdited?.bind(options),
    stream: options.stream ?? false,
  })
}
