import { createHmac, timingSafeEqual } from 'node:crypto'
import type { Approval } from '../domain/approval.ts'
import type { Session } from './sessions.ts'

/** What a form is good for: one approval as it was shown, or leaving. */
export type FormPurpose = Pick<Approval, 'id' | 'digest'> | 'sign-out'

/** HMAC-SHA-256 over what the form is about, with the key of the session: another session, approval or digest has another one. */
export const formToken = (session: Session, purpose: FormPurpose): string => mac(session, purpose).toString('base64url')

export function isFormToken(given: string, session: Session, purpose: FormPurpose): boolean {
  const bytes = Buffer.from(given, 'base64url')
  const right = mac(session, purpose)
  // The length is no secret. The text is compared too, since several texts decode to the same bytes.
  return bytes.length === right.length && timingSafeEqual(bytes, right) && right.toString('base64url') === given
}

const mac = ({ formKey }: Session, purpose: FormPurpose): Buffer =>
  createHmac('sha256', formKey)
    .update(JSON.stringify(purpose === 'sign-out' ? [purpose] : [purpose.id, purpose.digest]))
    .digest()
