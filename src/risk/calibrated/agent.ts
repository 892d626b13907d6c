import type { Archive, Kept } from '../../support/archive.ts'
import { Bursts } from './bursts.ts'
import { Calibrators } from './channels.ts'
import { ToolSequence } from './sequence.ts'
import { SessionTrend } from './session.ts'
import { ValueTable } from './value-table.ts'

/** Destinations that one agent remembers. */
const CONTACTS_MAX = 4_096
/** Roughly what an agent takes in memory, and each of its tools, what follows them, and where its calls went. */
const BYTES = { agent: 2_500, entry: 100 }

/** All that is remembered of one agent, whatever tool it calls. */
export class AgentBaseline implements Kept {
  readonly calibrators: Calibrators = new Calibrators()
  readonly sequence: ToolSequence = new ToolSequence()
  readonly bursts: Bursts = new Bursts()
  readonly session: SessionTrend = new SessionTrend()
  /** Where its calls went, whatever the tool. */
  readonly contacts: ValueTable = new ValueTable(CONTACTS_MAX)

  /** About how much memory it takes. */
  get bytes(): number {
    return BYTES.agent + (this.sequence.entries + this.contacts.distinct) * BYTES.entry
  }

  exchange(archive: Archive): void {
    const { calibrators, sequence, bursts, session, contacts } = this
    for (const part of [calibrators, sequence, bursts, session, contacts]) part.exchange(archive)
  }
}
