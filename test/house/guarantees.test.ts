import { readdirSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { expect, it } from 'vitest'
import { GUARANTEES } from './guarantees.ts'

const TESTS = resolve(import.meta.dirname, '..')
const texts = readdirSync(TESTS, { recursive: true, encoding: 'utf8' })
  .filter(
    (file) =>
      file.endsWith('.test.ts') ||
      file.endsWith('-suite.ts') ||
      file.startsWith('contract/') ||
      file.endsWith('contract.ts'),
  )
  .map((file) => readFileSync(join(TESTS, file), 'utf8'))

it.each(Object.entries(GUARANTEES))('%s is proven by a test: %s', (id) => {
  expect(texts.some((text) => text.includes(`[${id}]`))).toBe(true)
})
