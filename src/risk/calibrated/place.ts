import { PATH_CHARS_MAX, pathOfKey } from '../features.ts'

/** Deeper objects are judged as one with what holds them. */
const DEPTH_MAX = 3
/** Places that are remembered before all are made anew. */
const PLACES_MAX = 2_048

/** Where an argument stands: a path, and what lies below it. */
export class Place {
  /** Keys joined by dots, positions left out. */
  readonly path: string
  readonly #depth: number
  readonly #below = new Map<string, Place>()

  constructor(path: string, depth: number) {
    this.path = path
    this.#depth = depth
  }

  /** Below this place all values are one list. */
  get isDeepest(): boolean {
    return this.#depth >= DEPTH_MAX
  }

  below(key: string): Place {
    return this.isDeepest ? this : (this.#below.get(key) ?? this.#make(key))
  }

  #make(key: string): Place {
    const path = this.#depth === 0 ? pathOfKey(key) : `${this.path}.${pathOfKey(key)}`
    const made = new Place(path.length > PATH_CHARS_MAX ? `${path.slice(0, PATH_CHARS_MAX)}…` : path, this.#depth + 1)
    if (key.length > PATH_CHARS_MAX) return made
    this.#below.set(key, made)
    places += 1
    return made
  }
}

let top = new Place('', 0)
let places = 0

/** Above all keys of a call. Calls have much the same keys, so that a path is put together once for many of them. */
export function topPlace(): Place {
  if (places >= PLACES_MAX) {
    top = new Place('', 0)
    places = 0
  }
  return top
}
