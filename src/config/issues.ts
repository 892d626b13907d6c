import type { z } from 'zod'
import { SentinelConfigError } from '../errors.ts'

/** What zod found wrong, as our error: every problem by its path from `place`. */
export const configErrorAt = (place: string, { issues }: z.ZodError): SentinelConfigError =>
  new SentinelConfigError(
    issues.map(({ path, code, message }) => ({ path: [place, ...path].map(String).join('.'), code, message })),
  )
