import type { ApprovalId, Digest } from '../domain/units.ts'
import { readForm } from './body.ts'
import type { Choice, Desk } from './desk.ts'
import type { ServerContext } from './environment.ts'
import { isFormToken } from './form-token.ts'
import { NOTE_CHARS_MAX } from './page/actions.ts'
import { EXPIRED_FORM, type Refusal, refuse } from './refusal.ts'

/** What every form about an approval says. */
export interface FormDecision {
  readonly digest: string
  readonly note: string | undefined
  readonly fields: ReadonlyMap<string, string>
}

/** Reads a form that this session was given for this approval as it was shown; any other is refused. */
export async function readDecision(
  c: ServerContext,
): Promise<{ readonly decision: FormDecision } | { readonly refusal: Refusal }> {
  const form = await readForm(c)
  if ('refusal' in form) return form
  const { fields } = form
  const [digest, token] = [fields.get('digest') ?? '', fields.get('token') ?? '']
  const about = { id: (c.req.param('id') ?? '') as ApprovalId, digest: digest as Digest }
  if (!isFormToken(token, c.get('session'), about)) return { refusal: EXPIRED_FORM }
  const note = noteIn(fields)
  return (note?.length ?? 0) > NOTE_CHARS_MAX ? { refusal: LONG_NOTE } : { decision: { digest, note, fields } }
}

/** Browsers send line breaks as two characters. */
function noteIn(fields: ReadonlyMap<string, string>): string | undefined {
  const note = fields.get('note')?.replaceAll('\r\n', '\n').trim()
  return note === '' ? undefined : note
}

/** Decides, and leads to the page that shows what came of it, so that loading it again decides nothing. */
export async function decidedByForm(c: ServerContext, desk: Desk, choice: Choice): Promise<Response> {
  const id = c.req.param('id') ?? ''
  const answered = await desk.decide(c.get('session').name, id, choice)
  return 'refusal' in answered ? refuse(c, answered.refusal) : c.redirect(`/approvals/${encodeURIComponent(id)}`, 303)
}

const LONG_NOTE: Refusal = {
  status: 400,
  code: 'BAD_REQUEST',
  message: `A note has at most ${NOTE_CHARS_MAX} characters.`,
}
