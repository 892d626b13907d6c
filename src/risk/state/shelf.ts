import type { StateRow } from '../../domain/baseline.ts'
import { fromBytes, type Kept, toBytes } from '../../support/archive.ts'

/** State that knows about how much memory it takes. */
export interface Shelved extends Kept {
  readonly bytes: number
}

export interface ShelfOptions<State extends Shelved> {
  readonly make: () => State
  /** Entries that are remembered. */
  readonly entriesMax: number
  /** About how much memory all of them would take if all were unpacked. */
  readonly bytesMax: number
  /** About how much memory may be taken by those that are unpacked; the others are packed to about a fifth. */
  readonly unpackedBytesMax: number
  /** Called with what no longer fits, before it is forgotten. */
  readonly onEvicted?: (key: string, state: State) => void
}

interface Slot<State> {
  /** Packed while it was not needed for long. */
  state: State | Uint8Array
  /** As it would take unpacked, when it was last changed. */
  bytes: number
  /** When it was last changed, counted in changes of the shelf. */
  changedAt: number
}

/**
 * States by key, of which the one that was changed longest ago goes first when there are too many. Only changes decide what goes, so
 * that shelves that saw the same changes hold the same; what is looked at only decides what is unpacked.
 */
export class Shelf<State extends Shelved> {
  /** Changed longest ago first. */
  readonly #slots = new Map<string, Slot<State>>()
  /** Keys of unpacked states, used longest ago first, with their bytes. */
  readonly #unpacked = new Map<string, number>()
  /** Keys changed or forgotten since the state was last taken; undefined while nobody takes it, and nothing is kept for them. */
  #changed: Set<string> | undefined
  readonly #options: ShelfOptions<State>
  #bytes = 0
  #unpackedBytes = 0
  /** Is unpacked, and stands last in `#unpacked`. */
  #usedLast: string | undefined
  /** Stands last in `#slots`. */
  #changedLast: string | undefined
  #changes = 0

  constructor(options: ShelfOptions<State>) {
    this.#options = options
  }

  get size(): number {
    return this.#slots.size
  }

  has(key: string): boolean {
    return this.#slots.has(key)
  }

  keys(): Iterable<string> {
    return this.#slots.keys()
  }

  /** Looks without changing. */
  peek(key: string): State | undefined {
    const slot = this.#slots.get(key)
    return slot === undefined ? undefined : this.#unpack(key, slot)
  }

  /** Changes the state of a key, made new when there is none, by `change`. */
  change(key: string, change: (state: State) => void, make: () => State = this.#options.make): void {
    const known = this.#slots.get(key)
    const slot = known ?? { state: make(), bytes: 0, changedAt: 0 }
    const state = this.#unpack(key, slot)
    change(state)
    if (this.#changedLast !== key) {
      this.#slots.delete(key)
      this.#slots.set(key, slot)
      this.#changedLast = key
    }
    this.#changes += 1
    slot.changedAt = this.#changes
    this.#weigh(key, slot, state.bytes)
    this.#changed?.add(key)
    this.#makeRoom()
  }

  forget(key: string): void {
    const slot = this.#slots.get(key)
    if (slot === undefined) return
    this.#slots.delete(key)
    this.#bytes -= slot.bytes
    this.#unpackedBytes -= this.#unpacked.get(key) ?? 0
    this.#unpacked.delete(key)
    this.#usedLast = undefined
    this.#changedLast = undefined
    this.#changed?.add(key)
  }

  /** What changed since the state was last taken; everything when it never was. */
  takeChanged(): readonly StateRow[] {
    return this.#taken(this.#changed ?? this.#slots.keys())
  }

  takeAll(): readonly StateRow[] {
    return this.#taken(this.#slots.keys())
  }

  #taken(keys: Iterable<string>): readonly StateRow[] {
    const rows = [...keys].map((key): StateRow => ({ key, bytes: this.#pack(key) }))
    this.#changed = new Set()
    return rows
  }

  /** Puts back what `takeChanged` gave, into a shelf that is empty. Unpacks nothing: each state is read when it is first needed. */
  restore(rows: Iterable<StateRow>): void {
    this.#changed = new Set()
    const slots: (readonly [string, Slot<State>])[] = []
    for (const { key, bytes } of rows) if (bytes !== undefined) slots.push([key, slotOf(bytes)])
    slots.sort(([, one], [, other]) => one.changedAt - other.changedAt)
    for (const [key, slot] of slots) {
      this.#slots.set(key, slot)
      this.#bytes += slot.bytes
      this.#changes = slot.changedAt
    }
    this.#changedLast = undefined
  }

  #pack(key: string): Uint8Array | undefined {
    const slot = this.#slots.get(key)
    if (slot === undefined) return undefined
    const { state, bytes, changedAt } = slot
    const header = Buffer.alloc(HEADER_BYTES)
    header.writeDoubleLE(bytes, 0)
    header.writeDoubleLE(changedAt, 8)
    return Buffer.concat([header, state instanceof Uint8Array ? state : toBytes(state)])
  }

  #unpack(key: string, slot: Slot<State>): State {
    const { state } = slot
    if (this.#usedLast === key && !(state instanceof Uint8Array)) return state
    this.#usedLast = key
    const unpacked = state instanceof Uint8Array ? fromBytes(this.#options.make(), state) : state
    slot.state = unpacked
    this.#unpackedBytes += slot.bytes - (this.#unpacked.get(key) ?? 0)
    this.#unpacked.delete(key)
    this.#unpacked.set(key, slot.bytes)
    this.#packUnused(key)
    return unpacked
  }

  #weigh(key: string, slot: Slot<State>, bytes: number): void {
    const more = bytes - slot.bytes
    slot.bytes = bytes
    this.#bytes += more
    this.#unpackedBytes += more
    this.#unpacked.set(key, bytes)
  }

  /** Packs what was not used for longest, until the unpacked ones fit; never the one in use. */
  #packUnused(inUse: string): void {
    for (const [key, bytes] of this.#unpacked) {
      if (this.#unpackedBytes <= this.#options.unpackedBytesMax || key === inUse) return
      const slot = this.#slots.get(key)
      if (slot !== undefined && !(slot.state instanceof Uint8Array)) slot.state = toBytes(slot.state)
      this.#unpacked.delete(key)
      this.#unpackedBytes -= bytes
    }
  }

  /** Forgets what was changed longest ago, until the rest fits; never the last one. */
  #makeRoom(): void {
    const { entriesMax, bytesMax, onEvicted } = this.#options
    while (this.#slots.size > 1 && (this.#slots.size > entriesMax || this.#bytes > bytesMax)) {
      const oldest = this.#slots.entries().next()
      if (oldest.done) return
      const [key, slot] = oldest.value
      onEvicted?.(key, this.#unpack(key, slot))
      this.forget(key)
    }
  }
}

const HEADER_BYTES = 16

/** @throws RangeError when the bytes are too few to be a state. */
function slotOf(packed: Uint8Array): Slot<never> {
  if (packed.length < HEADER_BYTES) throw new RangeError(`expected a state, found ${packed.length} bytes`)
  const buffer = Buffer.from(packed.buffer, packed.byteOffset, packed.length)
  return { state: buffer.subarray(HEADER_BYTES), bytes: buffer.readDoubleLE(0), changedAt: buffer.readDoubleLE(8) }
}
