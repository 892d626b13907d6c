import type { Checkpoint } from './checkpoint.ts'

/** What is wrong at the first bad place. */
export type BreakCode =
  /** The event is not what was sealed: a cell was changed, or it was put in or moved. */
  | 'altered'
  /** Events that were there are not any more, and no `pruned` event tells of it. */
  | 'missing'
  /** The log ends before the head, or before its own last number. */
  | 'cut'
  /** The log has another event where the head names one: it was written anew from somewhere before. */
  | 'replaced'

interface Walked {
  /** Events that were looked at. */
  readonly events: number
  /** Sequence numbers; undefined in an empty log. */
  readonly firstSeq: number | undefined
  readonly lastSeq: number | undefined
  /** The heads that the log was held against, such as the one in the head file. */
  readonly heads: readonly Checkpoint[]
}

/** What looking at a whole log has found. */
export type Verification = Walked &
  (
    | /** Every event up to the last is as it was sealed, and every head is in the log. */ { readonly status: 'intact' }
    | /** Nothing wrong was found, which proves nothing: there is no key. */ {
        readonly status: 'not-verifiable'
        readonly because: string
      }
    | {
        readonly status: 'broken'
        /** The first bad place. */
        readonly seq: number
        readonly code: BreakCode
        readonly because: string
      }
  )

export interface VerifyProgress {
  readonly events: number
  /** Events in all. */
  readonly of: number
}

export interface VerifyOptions {
  /** Checkpoints that were kept elsewhere, beside the one in the head file. */
  readonly heads?: readonly Checkpoint[] | undefined
  readonly onProgress?: ((progress: VerifyProgress) => void) | undefined
  /** Ends the work with the signal's reason. */
  readonly signal?: AbortSignal | undefined
}
