import { createHash } from 'node:crypto'
import type { Redactor } from '../../audit/redact/redactor.ts'
import { DEFAULTS } from '../../config/config.ts'
import { type AuditEntry, BLANK_ENTRY } from '../../domain/audit-event.ts'
import type { NonEmpty } from '../../domain/decision.ts'
import type { PlainObject } from '../../domain/plain.ts'
import { levelOf, NOT_CALIBRATED } from '../../domain/risk.ts'
import type { AuditId, CallId, RiskScore } from '../../domain/units.ts'
import { snapshotArguments } from '../../snapshot/arguments.ts'
import { sha256 } from '../../snapshot/digest.ts'
import { DEFAULT_LIMITS } from '../../snapshot/limits.ts'
import { Lru } from '../../support/lru.ts'
import type { Line } from './log-files.ts'
import { type PythonRecord, parseRecord } from './python-record.ts'

const NOTE_CHARS_MAX = 4_000
/** Equal lines are told apart by how many stood before; a log repeats a line at once or not at all. */
const LINES_REMEMBERED_MAX = 1_000

export interface Importing {
  readonly redactor: Redactor
  /** Of lines that name no agent. */
  readonly agentId: string
  /** Who imports. */
  readonly by: string
}

/** A line as events of the log: what it says, and where its log says nothing, that. */
export interface Imported {
  readonly line: number
  readonly callId: CallId
  readonly entries: NonEmpty<AuditEntry>
}

/** Makes events of the lines of one file. The same line becomes the same event each time, so that it is imported once. */
export class EntryMaker {
  readonly #importing: Importing
  readonly #file: string
  readonly #seen = new Lru<string, { times: number }>(LINES_REMEMBERED_MAX)

  constructor(file: string, importing: Importing) {
    this.#file = file
    this.#importing = importing
  }

  /** @throws Error saying what is wrong with the line. */
  make(line: Line): Imported {
    const record = parseRecord(line.text)
    const fingerprint = this.#fingerprint(line.text)
    const callId = (
      record.actionId === undefined ? `python-${fingerprint.slice(0, 32)}` : `python-${record.actionId}`
    ) as CallId
    const entry = { ...this.#entry(record, line), callId, id: idAt(record.time, fingerprint) }
    return { line: line.number, callId, entries: mayHaveRun(record) ? [entry, unknownOutcome(entry)] : [entry] }
  }

  /** Names a line by what it says, and by how many equal ones stood before it; not by its file, which may be copied or renamed. */
  #fingerprint(text: string): string {
    const line = text.trim()
    const seen = this.#seen.getOrMake(line, () => ({ times: 0 }))
    return createHash('sha256')
      .update(`sentinel python import ${seen.times++}\n${line}`)
      .digest('hex')
  }

  #entry(record: PythonRecord, { number }: Line): Omit<AuditEntry, 'id' | 'callId'> {
    const { redactor, agentId, by } = this.#importing
    const { time, event, tool, lesson, ruleId, approvedBy, reason, risk } = record
    const snapshot = snapshotArguments({ tool, args: [record.params], limits: DEFAULT_LIMITS })
    const { params, paths } = redactor.redact(snapshot.params)
    const note = reason === undefined ? undefined : redactor.redactText(reason.slice(0, NOTE_CHARS_MAX))
    return {
      ...BLANK_ENTRY,
      ...{ time, event, tool, lesson, risk, params, redactedPaths: paths, digest: snapshot.digest },
      agentId: record.agentId ?? agentId,
      ruleIds: ruleId === undefined ? [] : [ruleId],
      ...(risk === undefined ? { note } : aboutAnomaly(risk, note ?? '')),
      approvedBy: approvedBy === undefined ? undefined : redactor.redactText(approvedBy),
      details: this.#details(record, { file: this.#file, line: number, by }),
    }
  }

  #details({ rest }: PythonRecord, place: PlainObject): PlainObject {
    const { params } = this.#importing.redactor.redact(rest)
    return { imported: { from: 'python', ...place }, ...params }
  }
}

/** What the scorer there said; its log does not say of which kind it was. */
const aboutAnomaly = (risk: RiskScore, message: string): Pick<AuditEntry, 'level' | 'signals'> => ({
  level: levelOf(risk, DEFAULTS.thresholds),
  signals: [{ kind: 'unusual_pattern', param: undefined, risk, z: undefined, message, ...NOT_CALIBRATED }],
})

/** The Python project wrote before a call ran, and nothing after. */
const mayHaveRun = ({ event }: PythonRecord): boolean => event === 'allow' || event === 'approval_granted'

const unknownOutcome = (of: AuditEntry): AuditEntry => ({
  ...BLANK_ENTRY,
  id: idAt(of.time, sha256(`outcome of ${of.id}`)),
  event: 'outcome_unknown',
  note: 'the log it was imported from does not say how calls ended',
  ...{ time: of.time, callId: of.callId, tool: of.tool, agentId: of.agentId, digest: of.digest, details: of.details },
})

/** A UUIDv7, so that it sorts by its time like the others, with a fingerprint where those are random. */
function idAt(time: string, fingerprint: string): AuditId {
  const ms = Math.max(0, Date.parse(time)).toString(16).padStart(12, '0')
  const [a, b, c] = [fingerprint.slice(0, 3), fingerprint.slice(3, 6), fingerprint.slice(6, 18)]
  return `${ms.slice(0, 8)}-${ms.slice(8)}-7${a}-8${b}-${c}` as AuditId
}
