/**
 * State on its way to bytes or back. A model names each of its fields once, in one method that serves both ways:
 *
 * ```ts
 * exchange(archive: Archive): void {
 *   this.#samples = archive.number(this.#samples)
 * }
 * ```
 *
 * A writer keeps what it is handed and gives it back; a reader pays no attention to what it is handed and gives what was kept. So
 * writing and reading can not drift apart, and what comes back is the same to the last bit.
 */
export interface Archive {
  /** Any number but NaN. */
  number(value: number): number
  /** Any text, lone surrogates included. */
  text(value: string): string
  /** Something, or undefined. `each` gets it when writing and undefined when reading. */
  optional<Value>(value: Value | undefined, each: (value: Value | undefined) => Value): Value | undefined
  /** The numbers of a list, in place. */
  numbers(list: number[]): void
  /** Counts of which most are 0, in place. */
  sparse(counts: Uint16Array): void
  /** The entries of a map in their order, in place; a map that is read into is empty. */
  entries<Key extends string, Value>(
    map: Entries<Key, Value>,
    each: (value: Value | undefined, key: Key) => Value,
  ): void
}

/** A `Map`, or what is like one. */
interface Entries<Key extends string, Value> extends Iterable<readonly [Key, Value]> {
  readonly size: number
  set(key: Key, value: Value): unknown
}

/** State that can be kept and brought back. */
export interface Kept {
  exchange(archive: Archive): void
}

/** For `optional` and `entries`: makes the value when it is read, and exchanges its state either way. */
export const kept =
  <Value extends Kept>(archive: Archive, make: () => Value) =>
  (value: Value | undefined): Value => {
    const exchanged = value ?? make()
    exchanged.exchange(archive)
    return exchanged
  }

/** State as bytes. */
export function toBytes(state: Kept): Uint8Array {
  const writer = new Writer()
  state.exchange(writer)
  return writer.bytes()
}

/**
 * Fills a state that is as new from bytes that `toBytes` made of its like.
 * @throws RangeError when the bytes are not that: cut short, or with something left over.
 */
export function fromBytes<State extends Kept>(state: State, bytes: Uint8Array): State {
  const reader = new Reader(bytes)
  state.exchange(reader)
  reader.end()
  return state
}

/** The first byte of a number: itself up to here; beyond, one of the forms below follows. */
const SMALL_MAX = 250
const FORM = { uint32: 251, float32: 252, float64: 253 } as const
const UINT32_MAX = 0xffff_ffff
const TEXT = { latin1: 0, utf16: 1 } as const
const BEYOND_LATIN1 = /[^\0-\xff]/
const FIRST_BYTES = 256
const NUMBER_BYTES_MAX = 9

class Writer implements Archive {
  #buffer = Buffer.allocUnsafe(FIRST_BYTES)
  #end = 0

  bytes(): Uint8Array {
    return Uint8Array.prototype.slice.call(this.#buffer, 0, this.#end)
  }

  number(value: number): number {
    this.#reserve(NUMBER_BYTES_MAX)
    if (value >= 0 && value <= SMALL_MAX && Number.isInteger(value) && !Object.is(value, -0)) {
      this.#buffer[this.#end++] = value
    } else if (value > 0 && value <= UINT32_MAX && Number.isInteger(value)) {
      this.#buffer[this.#end++] = FORM.uint32
      this.#end = this.#buffer.writeUInt32LE(value, this.#end)
    } else if (Object.is(Math.fround(value), value)) {
      this.#buffer[this.#end++] = FORM.float32
      this.#end = this.#buffer.writeFloatLE(value, this.#end)
    } else {
      this.#buffer[this.#end++] = FORM.float64
      this.#end = this.#buffer.writeDoubleLE(value, this.#end)
    }
    return value
  }

  text(value: string): string {
    const form = BEYOND_LATIN1.test(value) ? 'utf16' : 'latin1'
    const bytes = form === 'utf16' ? 2 * value.length : value.length
    this.number(2 * value.length + TEXT[form])
    this.#reserve(bytes)
    this.#end += this.#buffer.write(value, this.#end, bytes, form === 'utf16' ? 'utf16le' : 'latin1')
    return value
  }

  optional<Value>(value: Value | undefined, each: (value: Value | undefined) => Value): Value | undefined {
    this.number(value === undefined ? 0 : 1)
    return value === undefined ? undefined : each(value)
  }

  numbers(list: number[]): void {
    this.number(list.length)
    for (const value of list) this.number(value)
  }

  sparse(counts: Uint16Array): void {
    let used = 0
    for (const count of counts) if (count > 0) used += 1
    this.number(used)
    let last = 0
    for (let place = 0; place < counts.length; place++) {
      const count = counts[place] ?? 0
      if (count === 0) continue
      this.number(place - last)
      this.number(count)
      last = place
    }
  }

  entries<Key extends string, Value>(
    map: Entries<Key, Value>,
    each: (value: Value | undefined, key: Key) => Value,
  ): void {
    this.number(map.size)
    for (const [key, value] of map) {
      this.text(key)
      each(value, key)
    }
  }

  #reserve(bytes: number): void {
    if (this.#end + bytes <= this.#buffer.length) return
    const larger = Buffer.allocUnsafe(Math.max(2 * this.#buffer.length, this.#end + bytes))
    this.#buffer.copy(larger, 0, 0, this.#end)
    this.#buffer = larger
  }
}

class Reader implements Archive {
  readonly #buffer: Buffer
  #at = 0

  constructor(bytes: Uint8Array) {
    this.#buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  }

  end(): void {
    if (this.#at !== this.#buffer.length)
      throw new RangeError(`expected the state to end at byte ${this.#at} of ${this.#buffer.length}`)
  }

  number(): number {
    const first = this.#buffer[this.#at++]
    if (first === undefined) throw new RangeError(`the state is cut short at byte ${this.#at - 1}`)
    if (first <= SMALL_MAX) return first
    const at = this.#at
    if (first === FORM.uint32) {
      this.#at += 4
      return this.#buffer.readUInt32LE(at)
    }
    if (first === FORM.float32) {
      this.#at += 4
      return this.#buffer.readFloatLE(at)
    }
    if (first !== FORM.float64) throw new RangeError(`byte ${at - 1} of the state begins no number`)
    this.#at += 8
    return this.#buffer.readDoubleLE(at)
  }

  text(): string {
    const length = this.number()
    const isWide = length % 2 === TEXT.utf16
    const bytes = isWide ? length - 1 : length / 2
    if (!(this.#at + bytes <= this.#buffer.length)) throw new RangeError(`a text at byte ${this.#at} is cut short`)
    this.#at += bytes
    return this.#buffer.toString(isWide ? 'utf16le' : 'latin1', this.#at - bytes, this.#at)
  }

  optional<Value>(_value: Value | undefined, each: (value: Value | undefined) => Value): Value | undefined {
    return this.number() === 0 ? undefined : each(undefined)
  }

  numbers(list: number[]): void {
    list.length = 0
    for (let left = this.#count(); left > 0; left--) list.push(this.number())
  }

  sparse(counts: Uint16Array): void {
    let place = 0
    for (let left = this.#count(); left > 0; left--) {
      place += this.number()
      counts[place] = this.number()
    }
  }

  entries<Key extends string, Value>(
    map: Entries<Key, Value>,
    each: (value: Value | undefined, key: Key) => Value,
  ): void {
    for (let left = this.#count(); left > 0; left--) {
      const key = this.text() as Key
      map.set(key, each(undefined, key))
    }
  }

  /** How many follow; each is at least one byte, so that a broken count ends at once. */
  #count(): number {
    const count = this.number()
    if (!(Number.isInteger(count) && count >= 0 && count <= this.#buffer.length - this.#at))
      throw new RangeError(`the state can not hold ${count} entries at byte ${this.#at}`)
    return count
  }
}
