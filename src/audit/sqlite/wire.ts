import type { DatabaseOptions } from './database.ts'
import type { Task } from './keeper.ts'
import { Refusal } from './refusal.ts'

/** What the thread is made with. */
export interface ThreadData {
  readonly options: DatabaseOptions
  /** Counts the messages: the thread sleeps on it, which wakes it sooner than the event loop would. */
  readonly sent: Int32Array
}

export type Message = { readonly id: number; readonly task: Task } | 'close'

export type Answer =
  | { readonly id: number; readonly status: 'done'; readonly output: unknown }
  | { readonly id: number; readonly status: 'failed'; readonly error: WireError }

/** An error as plain data: the clone of an error would lose its code. */
export interface WireError {
  readonly message: string
  readonly code: string | undefined
  /** Of a `Refusal`. */
  readonly remedy: string | undefined
}

export const toWire = (error: unknown): WireError => ({
  message: error instanceof Error ? error.message : String(error),
  code: error instanceof Error && 'code' in error ? String(error.code) : undefined,
  remedy: error instanceof Refusal ? error.remedy : undefined,
})

export function fromWire({ message, code, remedy }: WireError): Error {
  if (remedy !== undefined) return new Refusal(message, remedy)
  return code === undefined ? new Error(message) : Object.assign(new Error(message), { code })
}
