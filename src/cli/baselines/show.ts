import type { AuditEvent } from '../../domain/audit-event.ts'
import type { UsualCalls, UsualNumbers, UsualParameter, ValueCount } from '../../domain/baseline.ts'
import { type Signal, signalSentence } from '../../domain/risk.ts'
import { counted } from '../command.ts'
import { columnsOf, drawingColumnsOf, fitted, paint, type Terminal } from '../terminal.ts'
import { type Bar, bars, histogram, hoursOfDay, shortNumber } from './draw.ts'

/** What is usual for one tool and agent, and its last alarms. */
export interface Shown {
  readonly usual: UsualCalls
  /** Newest first. */
  readonly alarms: readonly AuditEvent[]
  readonly timeZone: string
}

/** What is usual, drawn within the terminal's width. */
export function drawing(terminal: Terminal, { usual, alarms, timeZone }: Shown): string {
  const width = drawingColumnsOf(terminal)
  const line = (text: string): string => `${fitted(text, columnsOf(terminal))}\n`
  return [
    `${paint(terminal, 'bold', fitted(`${usual.tool}, agent ${usual.agentId}`, width))}\n`,
    line(callsSentence(usual)),
    ...usual.parameters.map((parameter) => `\n${parameterText(terminal, parameter, line)}`),
    hoursText(usual.hours, timeZone, width),
    alarmsText(alarms, line),
  ].join('')
}

function callsSentence({ samples, rate: { perHour, peakPerMinute, peakPerHour } }: UsualCalls): string {
  const average = perHour === undefined ? '' : `, ${shortNumber(perHour)} an hour`
  const peak =
    !peakPerMinute || !peakPerHour || peakPerMinute < 1
      ? ''
      : `, at most about ${Math.round(peakPerMinute)} a minute and ${Math.round(peakPerHour)} an hour`
  return `${counted(samples, 'call')} learned${average}${peak}`
}

type Line = (text: string) => string

function parameterText(terminal: Terminal, parameter: UsualParameter, line: Line): string {
  const { param, numbers, lengths, topValues, topDestinations, distinct } = parameter
  const width = drawingColumnsOf(terminal)
  const parts = [
    numbers && line(numbersSentence(numbers)) + bars(histogram(numbers.recent), width),
    lengths && line(`lists: ${numbersSentence(lengths)}`) + bars(histogram(lengths.recent), width),
    topValues.length > 0 && line(counted(distinct, 'different value')) + bars(valueBars(topValues), width),
    topDestinations.length > 0 && line('where it goes') + bars(valueBars(topDestinations), width),
  ].filter((part) => typeof part === 'string')
  return [paint(terminal, 'bold', fitted(param, width)), '\n', ...parts].join('')
}

function numbersSentence({ count, mean, sd, quantiles, recent }: UsualNumbers): string {
  const range = `usually ${shortNumber(quantiles.p5)} to ${shortNumber(quantiles.p95)}`
  const latest = recent.length < count ? `; the latest ${recent.length}:` : ''
  return `${counted(count, 'number')}, mean ${shortNumber(mean)}, sd ${shortNumber(sd)}, ${range}${latest}`
}

const valueBars = (values: readonly ValueCount[]): readonly Bar[] =>
  values.map(({ value, count }) => ({ label: value, count: Math.round(count) }))

const hoursText = (hours: readonly number[], timeZone: string, width: number): string =>
  hours.some((count) => count > 0) ? `\nhours of the day (${timeZone})\n${hoursOfDay(hours, width)}` : ''

function alarmsText(alarms: readonly AuditEvent[], line: Line): string {
  if (alarms.length === 0) return '\nNo alarms.\n'
  const shown = alarms.map(({ id, time, risk = 0, signals }) => {
    const heading = line(`  ${time.slice(0, 19).replace('T', ' ')}  risk ${risk.toFixed(1)}  ${id}`)
    return [heading, ...signals.flatMap((signal) => [line(`    ${signal.message}`), usualText(signal, line)])].join('')
  })
  return `\nlast alarms\n${shown.join('')}`
}

/** What is usual instead, on a line of its own: it must not be what a narrow terminal cuts. */
const usualText = (signal: Signal, line: Line): string => {
  const more = signalSentence(signal).slice(signal.message.length).replace(/^; /, '')
  return more === '' ? '' : line(`    ${more}`)
}
