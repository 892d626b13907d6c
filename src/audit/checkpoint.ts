import { z } from 'zod'

/** The end of the chain at one moment. Kept where the log can not be changed together with it, it shows later that the end was cut. */
export interface Checkpoint {
  /** Sequence number of the last event. */
  readonly seq: number
  /** The link of that event, in lower-case hex: it covers everything before it. */
  readonly digest: string
  /** Events in the log, from the first one that was not pruned. */
  readonly count: number
  /** When it was published: ISO 8601, UTC, milliseconds. */
  readonly time: string
}

const natural = z.int().min(1)
const checkpointSchema: z.ZodType<Checkpoint> = z.object({
  seq: natural,
  digest: z.string().regex(/^[0-9a-f]{64}$/),
  count: natural,
  time: z.iso.datetime(),
})

export const checkpointText = (checkpoint: Checkpoint): string => `${JSON.stringify(checkpoint)}\n`

/** Undefined when the text is no checkpoint. */
export function parseCheckpoint(text: string): Checkpoint | undefined {
  try {
    return Object.freeze(checkpointSchema.parse(JSON.parse(text)))
  } catch {
    return undefined
  }
}
