import { afterEach, beforeEach, expect, vi } from 'vitest'

const METHODS = ['log', 'info', 'warn', 'error', 'debug', 'trace'] as const

// A library that prints is a library that leaks: any console call fails the test that made it.
beforeEach(() => {
  for (const method of METHODS) vi.spyOn(console, method)
})
afterEach(() => {
  for (const method of METHODS) expect(console[method], `console.${method} was called`).not.toHaveBeenCalled()
  vi.restoreAllMocks()
})
