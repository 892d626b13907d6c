import { expect, it } from 'vitest'
import { randomIds } from '../../src/support/ids.ts'

it('ids are version 7 UUIDs, all different, and sort by the time they were made', () => {
  const ids = Array.from({ length: 10_000 }, () => randomIds.auditId())
  expect(new Set(ids).size).toBe(ids.length)
  expect(ids.toSorted()).toEqual(ids)
  for (const id of ids.slice(0, 10))
    expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
})
