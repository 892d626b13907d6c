import type { AnomalyHead } from '../domain/anomaly.ts'

/** Whether nobody looked through the log since this head was read. */
export const isSameHead = (one: AnomalyHead | undefined, other: AnomalyHead | undefined): boolean =>
  one?.make === other?.make && one?.seq === other?.seq
