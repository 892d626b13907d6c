declare const brand: unique symbol

/** A `Base` that can not be mistaken for another one: ids, digests and units that share a representation. */
export type Brand<Base, Name extends string> = Base & { readonly [brand]: Name }
