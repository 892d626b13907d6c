/** How large the arguments of one call may be. Beyond a limit the call is refused: no limit ever weakens a decision. */
export interface SnapshotLimits {
  /** Levels of nesting, 1 or more. */
  readonly depth: number
  /** Values of any kind, containers included. */
  readonly nodes: number
  /** Characters (UTF-16 code units) of all texts and keys together; bytes count as their base64 text. */
  readonly textChars: number
}

export const DEFAULT_LIMITS: SnapshotLimits = Object.freeze({ depth: 32, nodes: 10_000, textChars: 1_048_576 })
