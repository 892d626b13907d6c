/** What may happen to a call, mildest to strictest. */
export const ACTIONS = ['allow', 'warn', 'escalate', 'block'] as const
export type Action = (typeof ACTIONS)[number]

export const strictness = (action: Action): number => ACTIONS.indexOf(action)

/** The stricter of two actions. */
export const stricter = (a: Action, b: Action): Action => (strictness(a) >= strictness(b) ? a : b)
