import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { configSchema } from '../../src/config/schema.ts'
import { AUDIT_EVENT_NAMES } from '../../src/domain/audit-event.ts'
import { ERROR_CODES } from '../../src/errors.ts'
import { toolSchema } from '../../src/tool.ts'
import { sentinel } from '../cli/run.ts'

const ROOT = resolve(import.meta.dirname, '../..')
const read = (path: string): string => readFileSync(join(ROOT, path), 'utf8')

/** From a heading to the next one. */
function section(page: string, heading: string): string {
  const [, after = ''] = read(page).split(`\n${heading}\n`)
  return after.split(/^#{1,3} /m)[0] ?? ''
}

/** All code spans in the first column of the tables of a text. */
const firstColumn = (text: string): readonly string[] =>
  [...text.matchAll(/^\| (?<cell>`[^|]*)\|/gm)].flatMap(({ groups = {} }) => codeIn(groups.cell ?? ''))
const codeIn = (text: string): readonly string[] =>
  [...text.replaceAll(/^```.*?^```$/gms, '').matchAll(/`(?<code>[^`]+)`/g)].map(({ groups = {} }) => groups.code ?? '')

const keysOf = (schema: z.ZodType): readonly string[] =>
  Object.keys(z.toJSONSchema(schema, { unrepresentable: 'any', io: 'input' }).properties ?? {})

const configuration = read('docs/configuration.md')
const untilHeading = (text: string): string => text.split(/^## /m)[0] ?? ''

it.each([
  [
    'docs/configuration.md',
    'keys of the configuration',
    firstColumn(untilHeading(configuration)),
    keysOf(configSchema),
  ],
  [
    'docs/configuration.md',
    'options of one tool',
    firstColumn(section('docs/configuration.md', '## Options of one tool')),
    keysOf(toolSchema).filter((key) => key !== 'tool'),
  ],
  [
    'docs/audit-log.md',
    'events',
    firstColumn(section('docs/audit-log.md', '## What is written, and when')),
    AUDIT_EVENT_NAMES,
  ],
])('%s has all %s, and no other', (_page, _what, told, there) => {
  expect(told.toSorted()).toEqual([...there].sort())
})

it('docs/getting-started.md has every error code in its table', () => {
  const told = codeIn(section('docs/getting-started.md', '## When a call is refused'))
  expect(ERROR_CODES.filter((code) => !told.includes(code))).toEqual([])
})

const named = (help: string, pattern: RegExp): readonly string[] =>
  [...help.matchAll(pattern)].map(({ groups = {} }) => groups.name ?? '')
const commandsOf = async (args: readonly string[]): Promise<readonly string[]> => {
  const { stdout } = await sentinel([...args, '--help'])
  const [, list = ''] = stdout.split('\nCommands:\n')
  return named(list, /^ {2}(?<name>[a-z]+)/gm).filter((name) => name !== 'help')
}

describe('docs/command-line.md', async () => {
  const commands = await commandsOf([])
  /** What all commands have in common stands before the first of them. */
  const introduction = untilHeading(read('docs/command-line.md'))

  it('has one section for each command, and no other', () => {
    expect(named(read('docs/command-line.md'), /^## (?<name>.+)$/gm).toSorted()).toEqual(commands.toSorted())
  })

  it.each(commands)('names each part and each option of %s', async (command) => {
    const text = introduction + section('docs/command-line.md', `## ${command}`)
    const parts = await commandsOf([command])
    const helps = await Promise.all(
      [[], ...parts.map((part) => [part])].map((args) => sentinel([command, ...args, '--help'])),
    )
    const options = helps.flatMap(({ stdout }) => named(stdout, /^ {2}(?:-\w, )?(?<name>--[a-z-]+)/gm))
    const missing = [...parts, ...options].filter((name) => name !== '--help' && !text.includes(name))
    expect(missing).toEqual([])
  })

  it('README.md names each command in its list', () => {
    const [line = ''] = /^- \*\*A command line\*\*:.*$/m.exec(read('README.md')) ?? []
    expect(commands.filter((command) => !codeIn(line).some((code) => code.split(' ').at(-1) === command))).toEqual([])
  })
})

it('docs/architecture.md names every file and folder at the top of src', () => {
  const told = new Set(
    codeIn(read('docs/architecture.md')).map((name) => name.replace(/^src\//, '').replace(/\/$/, '')),
  )
  expect(readdirSync(join(ROOT, 'src')).filter((entry) => !told.has(entry))).toEqual([])
})

it('README.md leads to every page of docs/', () => {
  const readme = read('README.md')
  const pages = readdirSync(join(ROOT, 'docs')).filter((file) => file.endsWith('.md'))
  expect(pages.filter((page) => !readme.includes(`docs/${page}`))).toEqual([])
})

/** As GitHub makes them. */
const anchorOf = (heading: string): string =>
  heading
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}\s_-]/gu, '')
    .replaceAll(' ', '-')
const anchorsOf = (page: string): readonly string[] => named(read(page), /^#{1,4} (?<name>.+)$/gm).map(anchorOf)
const pages = [
  'README.md',
  ...readdirSync(join(ROOT, 'docs'))
    .filter((file) => file.endsWith('.md'))
    .map((file) => `docs/${file}`),
]

it.each(pages)('every link of %s leads somewhere', (page) => {
  const links = [...read(page).matchAll(/\]\((?<path>[^)#:\s]*)(?:#(?<anchor>[^)\s]+))?\)/g)].map(
    ({ groups = {} }) => groups,
  )
  const broken = links.filter(({ path = '', anchor }) => {
    const target = path === '' ? page : join(page.startsWith('docs/') ? 'docs' : '.', path)
    if (!existsSync(join(ROOT, target))) return true
    return anchor !== undefined && !anchorsOf(target).includes(anchor)
  })
  expect(broken).toEqual([])
})
