/**
 * The only kind of value that is judged, stored or shown: data without behaviour.
 * Objects have no prototype, so a key called `constructor` is only ever the caller's own.
 */
export type Plain = null | boolean | number | string | bigint | readonly Plain[] | PlainObject

export interface PlainObject {
  readonly [key: string]: Plain
}

/** All judged arguments of a call by name; deeply frozen. */
export type Params = PlainObject

export const isPlainObject = (value: Plain | undefined): value is PlainObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** `Array.isArray` that knows a readonly array. */
export const isPlainArray = (value: Plain | undefined): value is readonly Plain[] => Array.isArray(value)

/**
 * An empty object without a prototype, in the form that V8 reads fast. `Object.create(null)` and a literal with `__proto__: null` are
 * hash tables from the start; all that judges a call reads its parameters many times.
 */
export const emptyObject = (): Record<string, Plain> => Object.setPrototypeOf({}, null)
