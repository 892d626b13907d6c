import type { Plain } from '../domain/plain.ts'

/**
 * An empty object without a prototype, in the form that V8 reads fast. `Object.create(null)` and a literal with `__proto__: null` are
 * hash tables from the start; all that judges a call reads its parameters many times.
 */
export const bareObject = (): Record<string, Plain> => Object.setPrototypeOf({}, null)
