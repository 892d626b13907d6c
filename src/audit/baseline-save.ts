import type { BaselineSave, BaselineState } from '../domain/baseline.ts'

export type BaselineSaved = 'saved' | 'newer' | 'other-base'

/** Why a state is not to be stored beside what is there; undefined: it is. */
export function refusedBy(
  stored: Pick<BaselineState, 'make' | 'seq'> | undefined,
  { make, seq, since }: BaselineSave,
): Exclude<BaselineSaved, 'saved'> | undefined {
  const storedSeq = stored?.make === make ? stored.seq : undefined
  if (storedSeq !== undefined && storedSeq >= seq) return 'newer'
  return since !== undefined && (storedSeq === undefined || storedSeq < since) ? 'other-base' : undefined
}
