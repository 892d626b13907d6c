import type { Archive, Kept } from '../state/archive.ts'
import { Bursts } from './bursts.ts'
import { Calibrators } from './channels.ts'
import { ToolSequence } from './sequence.ts'
import { SessionTrend } from './session.ts'

/** Roughly what an agent takes in memory, and each of its tools and what follows them. */
const BYTES = { agent: 2_500, entry: 100 }

/** All that is remembered of one agent, whatever tool it calls. */
export class AgentBaseline implements Kept {
  readonly calibrators: Calibrators = new Calibrators()
  readonly sequence: ToolSequence = new ToolSequence()
  readonly bursts: Bursts = new Bursts()
  readonly session: SessionTrend = new SessionTrend()

  /** About how much memory it takes. */
  get bytes(): number {
    return BYTES.agent + this.sequence.entries * BYTES.entry
  }

  exchange(archive: Archive): void {
    for (const part of [this.calibrators, this.sequence, this.bursts, this.session]) part.exchange(archive)
  }
}
