import { bodyLimit } from 'hono/body-limit'
import { z } from 'zod'
import { isPlainObject, type Params, type Plain } from '../domain/plain.ts'
import { fromJsonText } from '../support/json.ts'
import { messageOf } from '../support/messages.ts'
import type { ServerContext, Step } from './environment.ts'
import { NOTE_CHARS_MAX } from './page/actions.ts'
import { type Refusal, refuse } from './refusal.ts'

const BODY_BYTES_MAX = 64 * 1024
/** As many arguments as a guard takes by default, with room for escapes and form encoding. */
const EDIT_BODY_BYTES_MAX = 8 * 1024 * 1024

const limited = (maxSize: number): Step =>
  bodyLimit({
    maxSize,
    onError: (c) =>
      refuse(c as ServerContext, {
        status: 413,
        code: 'TOO_LARGE',
        message: `A body has at most ${maxSize} bytes here.`,
      }),
  })

export const smallBody: Step = limited(BODY_BYTES_MAX)
/** For edited arguments; only behind a check of who sends it. */
export const largeBody: Step = limited(EDIT_BODY_BYTES_MAX)

/** The part of a `Content-Type` that says what it is. A page of another site can send some types without asking; JSON is not one. */
const typeOf = (c: ServerContext): string =>
  (c.req.header('content-type') ?? '').split(';')[0]?.trim().toLowerCase() ?? ''

const badRequest = (message: string): { readonly refusal: Refusal } => ({
  refusal: { status: 400, code: 'BAD_REQUEST', message },
})
const wrongType = (wanted: string): { readonly refusal: Refusal } => ({
  refusal: { status: 415, code: 'UNSUPPORTED_MEDIA_TYPE', message: `Send \`Content-Type: ${wanted}\`.` },
})

const FORM = 'application/x-www-form-urlencoded'
const JSON_TYPE = 'application/json'

/** The fields of a form, each of which may be there once. */
export async function readForm(
  c: ServerContext,
): Promise<{ readonly fields: ReadonlyMap<string, string> } | { readonly refusal: Refusal }> {
  if (typeOf(c) !== FORM) return wrongType(FORM)
  const entries = [...new URLSearchParams(await c.req.text())]
  const fields = new Map(entries)
  return fields.size === entries.length ? { fields } : badRequest('A field of the form is there twice.')
}

const params = z.custom<Params>(
  (value) => isPlainObject(value as Plain),
  'expected an object of arguments by their names',
)
const note = z.string().max(NOTE_CHARS_MAX).optional()
const digest = z.string()

export const DENIAL: z.ZodType<DenialBody> = z.strictObject({ digest: digest.optional(), note })
export const APPROVAL: z.ZodType<ApprovalBody> = z.strictObject({ digest, note })
export const EDIT: z.ZodType<EditBody> = z.strictObject({ digest, note, params })

export interface DenialBody {
  readonly digest?: string | undefined
  readonly note?: string | undefined
}
export interface ApprovalBody extends DenialBody {
  readonly digest: string
}
export interface EditBody extends ApprovalBody {
  readonly params: Params
}

/** A JSON body of one shape; unknown keys are refused, so a `by` in it is an error and never a name. */
export async function readJson<Body>(
  c: ServerContext,
  shape: z.ZodType<Body>,
): Promise<{ readonly body: Body } | { readonly refusal: Refusal }> {
  if (typeOf(c) !== JSON_TYPE) return wrongType(JSON_TYPE)
  const json = parseJson(await c.req.text())
  if ('problem' in json) return badRequest(`The body is not JSON: ${json.problem}`)
  const checked = shape.safeParse(json.value)
  return checked.success ? { body: checked.data } : badRequest(z.prettifyError(checked.error))
}

/** Text that a person typed as arguments. */
export function readParams(text: string): { readonly params: Params } | { readonly problem: string } {
  const json = parseJson(text)
  if ('problem' in json) return { problem: `This is not JSON: ${json.problem}` }
  return isPlainObject(json.value)
    ? { params: json.value }
    : { problem: 'Expected an object of arguments by their names, such as { "amount": 50 }.' }
}

function parseJson(text: string): { readonly value: Plain } | { readonly problem: string } {
  try {
    return { value: fromJsonText(text) }
  } catch (error) {
    return { problem: messageOf(error) }
  }
}
