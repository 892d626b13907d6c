import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'
import { expect, it } from 'vitest'

const SRC = resolve(import.meta.dirname, '../../src')

/** The layers of docs/architecture.md, bottom first; an entry is a folder or a file. Imports point down or stay in their own entry. */
const LAYERS: readonly (readonly string[])[] = [
  ['domain', 'errors.ts', 'support', 'statistics'],
  ['snapshot', 'rules', 'risk', 'decide', 'approval', 'audit', 'anomalies', 'llm', 'telemetry'],
  [
    'config',
    'tool.ts',
    'context.ts',
    'observers.ts',
    'optional-parts.ts',
    'orphans.ts',
    'outcome.ts',
    'refused.ts',
    'repeated-call.ts',
    'journal.ts',
    'open-approvals.ts',
    'approvals.ts',
    'approver.ts',
    'ask-step.ts',
    'asking.ts',
    'edit.ts',
    'endings.ts',
    'entries.ts',
    'permit.ts',
    'redeem.ts',
    'refusals.ts',
    'resume.ts',
    'pipeline.ts',
    'keys.ts',
    'learner.ts',
    'baselines.ts',
    'consult.ts',
    'anomalies.ts',
    'anomaly-watch.ts',
    'open-anomalies.ts',
    'rulebook.ts',
    'windows.ts',
    'parts.ts',
    'stages.ts',
    'intake.ts',
    'authorization.ts',
    'call-registry.ts',
    'entrance.ts',
  ],
  ['require-node.ts', 'wrap.ts', 'sentinel.ts', 'index.ts'],
  ['cli', 'server', 'testing'],
]
/** Parts of one layer that know nothing of each other. */
const SIBLINGS = 1

const files = readdirSync(SRC, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.ts'))
const entryOf = (file: string): string => file.split('/')[0] ?? file
const layerOf = (file: string): number => LAYERS.findIndex((entries) => entries.includes(entryOf(file)))

const importsOf = (file: string): { readonly target: string; readonly typeOnly: boolean }[] =>
  [
    ...readFileSync(join(SRC, file), 'utf8').matchAll(
      /^(?:import|export)(?<type> type)?[^'"]*?from '(?<path>\.[^']+)'|import\('(?<lazy>\.[^']+)'\)|^import '(?<bare>\.[^']+)'/gms,
    ),
  ].map(({ groups = {} }) => ({
    target: relative(SRC, resolve(SRC, dirname(file), groups.path ?? groups.lazy ?? groups.bare ?? '')),
    typeOnly: groups.type !== undefined,
  }))

it('every file has its layer', () => {
  expect(files.filter((file) => layerOf(file) === -1)).toEqual([])
})

it.each(files)('%s imports nothing from above, and nothing from a sibling', (file) => {
  const wrong = importsOf(file).filter(({ target, typeOnly }) => {
    const [from, to] = [layerOf(file), layerOf(target)]
    if (to === SIBLINGS && from === SIBLINGS) return entryOf(file) !== entryOf(target)
    // The way in is typed by what stands above it; only values must point down.
    return to > from && !typeOnly
  })
  expect(wrong).toEqual([])
})

it.each(files)('%s is no longer than 300 lines', (file) => {
  expect(readFileSync(join(SRC, file), 'utf8').split('\n').length).toBeLessThanOrEqual(301)
})
