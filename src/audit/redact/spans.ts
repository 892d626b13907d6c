import type { Mark } from './mark.ts'

/** A part of a text, from `start` up to but not including `end`. */
export interface Span {
  readonly start: number
  readonly end: number
}

/** What a global expression matches, without the group that it may begin with: that stays. It must not match nothing. */
export function matchesIn(text: string, shape: RegExp): readonly Span[] {
  const spans: Span[] = []
  shape.lastIndex = 0
  for (let match = shape.exec(text); match !== null; match = shape.exec(text))
    spans.push({ start: match.index + (match[1]?.length ?? 0), end: shape.lastIndex })
  return spans
}

/** Text with each span replaced; spans that overlap are one secret. The same text when there are none. */
export function withoutSpans(text: string, spans: readonly Span[], mark: Mark): string {
  if (spans.length === 0) return text
  let shown = ''
  let kept = 0
  for (const { start, end } of joined(spans)) {
    shown += text.slice(kept, start) + mark(text.slice(start, end))
    kept = end
  }
  return shown + text.slice(kept)
}

function joined(spans: readonly Span[]): readonly Span[] {
  const apart: Span[] = []
  for (const span of spans.toSorted((one, other) => one.start - other.start)) {
    const last = apart.at(-1)
    if (last === undefined || span.start >= last.end) apart.push(span)
    else if (span.end > last.end) apart[apart.length - 1] = { start: last.start, end: span.end }
  }
  return apart
}
