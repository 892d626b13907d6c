import type { Step } from './trace.ts'

type Change = Extract<Step, { kind: 'write' | 'truncate' }>

interface File {
  /** What would be there after a power loss at the latest sync. */
  durable: Buffer
  /** What came since, oldest first: after a power loss each may be there, in part, or not. */
  pending: Change[]
}

const SECTOR_BYTES = 512

/**
 * Files as a disk that loses its cache would keep them. What was synced is safe; of what was not, any part may be missing, in any
 * order, cut at any sector. Names are safe at once: a file that is renamed was synced before.
 */
export class Disk {
  readonly #files = new Map<string, File>()

  apply(step: Step): void {
    if (step.kind === 'write' || step.kind === 'truncate') this.#file(step.path).pending.push(step)
    else if (step.kind === 'sync') this.#sync(step.path)
    else if (step.kind === 'unlink') this.#files.delete(step.path)
    else if (step.kind === 'rename') {
      this.#files.set(step.to, this.#file(step.from))
      this.#files.delete(step.from)
    }
  }

  /** What is left of each file when the power goes now. @param random from 0 to 1. */
  afterPowerLoss(random: () => number): ReadonlyMap<string, Buffer> {
    return new Map([...this.#files].map(([path, file]) => [path, remainsOf(file, random)]))
  }

  #sync(path: string): void {
    const file = this.#files.get(path)
    if (file === undefined) return
    file.durable = file.pending.reduce(changed, file.durable)
    file.pending = []
  }

  #file(path: string): File {
    const known = this.#files.get(path)
    if (known !== undefined) return known
    const made: File = { durable: Buffer.alloc(0), pending: [] }
    this.#files.set(path, made)
    return made
  }
}

function remainsOf({ durable, pending }: File, random: () => number): Buffer {
  return pending.reduce<Buffer>((bytes, change) => {
    const fate = random()
    if (fate < 1 / 3) return bytes
    if (fate < 2 / 3 || change.kind === 'truncate') return changed(bytes, change)
    const sectors = Math.floor(random() * (change.bytes.length / SECTOR_BYTES + 1))
    return changed(bytes, { ...change, bytes: change.bytes.subarray(0, sectors * SECTOR_BYTES) })
  }, Buffer.from(durable))
}

function changed(bytes: Buffer, change: Change): Buffer {
  if (change.kind === 'truncate') return resized(bytes, change.size)
  const offset = change.offset ?? bytes.length
  const target = resized(bytes, Math.max(bytes.length, offset + change.bytes.length))
  change.bytes.copy(target, offset)
  return target
}

function resized(bytes: Buffer, size: number): Buffer {
  if (size === bytes.length) return bytes
  const target = Buffer.alloc(size)
  bytes.copy(target)
  return target
}
