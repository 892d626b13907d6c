import { readFileSync, renameSync, rmSync } from 'node:fs'
import { threadId } from 'node:worker_threads'
import { type Checkpoint, checkpointText, parseCheckpoint } from '../checkpoint.ts'
import { refuseNonFile, statusOf, writeNewFile } from './place.ts'
import { Refusal } from './refusal.ts'

export type Published =
  | { readonly status: 'published'; readonly head: Checkpoint }
  /** The head file names what the log does not hold: it is evidence, and was left as it is. */
  | { readonly status: 'contradicted'; readonly because: string }

export interface Publication {
  /** The head file; absolute. */
  readonly path: string
  readonly head: Checkpoint
  /** The link of an event, in hex; undefined when the event is not there. */
  readonly linkAt: (seq: number) => string | undefined
}

/** Puts a new head in place of the old one, unless the old one contradicts the log. */
export function publishHead({ path, head, linkAt }: Publication): Published {
  const before = readHead(path)
  const firstSeq = head.seq - head.count + 1
  // What was pruned can no longer be compared; verifying the log looks at who pruned it.
  if (before !== undefined && before.seq >= firstSeq && linkAt(before.seq) !== before.digest) {
    const because = `the head file ${path} names event ${before.seq}, which is not in the log as it was: the log was cut, or put back to an older state`
    return { status: 'contradicted', because }
  }
  writeHead(path, head)
  return { status: 'published', head }
}

/**
 * The head in a file; undefined when there is no file.
 * @throws Refusal when it is not a head, or the error of the operating system.
 */
export function readHead(path: string): Checkpoint | undefined {
  if (statusOf(path) === undefined) return undefined
  refuseNonFile(path, 'Move it away, or give another `auditHeadPath`.')
  const head = parseCheckpoint(readFileSync(path, 'utf8'))
  if (head !== undefined) return head
  throw new Refusal(`'${path}' is not a head of an audit log`, 'Move it away; the next head is written anew.')
}

/** In one step, so that a reader, or a power loss, finds the old head or the new one. */
function writeHead(path: string, head: Checkpoint): void {
  const draft = `${path}.${process.pid}-${threadId}`
  rmSync(draft, { force: true })
  writeNewFile(draft, checkpointText(head))
  renameSync(draft, path)
}
