import { randomBytes } from 'node:crypto'
import { pino } from 'pino'
import type { Settings } from './config/config.ts'
import { Analyst } from './llm/analyst.ts'
import type { Logger } from './observers.ts'
import type { Parts, Surroundings } from './parts.ts'
import { openTelemetry } from './telemetry/open-telemetry.ts'
import { NO_TELEMETRY, type Telemetry } from './telemetry/telemetry.ts'

/** Who asks a model about calls; undefined where nobody does. */
export function analystOf(
  { llm }: Settings,
  { clock, closing }: Pick<Parts, 'clock' | 'closing'>,
  { loadJudge }: Surroundings,
): Analyst | undefined {
  if (llm === undefined) return undefined
  const mark = (): string => `=== ${randomBytes(16).toString('hex')} ===`
  return new Analyst({ load: () => loadJudge(llm.choice), budget: llm.budget, clock, closing, mark })
}

export function telemetryOf(
  { telemetry }: Settings,
  { clock, observers }: Pick<Parts, 'clock' | 'observers'>,
  { loadOpenTelemetry: load }: Surroundings,
): Telemetry {
  if (!telemetry) return NO_TELEMETRY
  return openTelemetry({ clock, load, failed: (message) => observers.fault('observer', message) })
}

export function loggerOf({ logger, logLevel }: Settings): Logger | undefined {
  if (logger !== undefined) return logger === false ? undefined : logger
  return pino({ name: 'sentinel', level: logLevel }, pino.destination({ fd: 2, sync: true }))
}
