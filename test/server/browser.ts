import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type BrowserContext, chromium } from 'playwright-core'
import { afterAll, describe } from 'vitest'

const CHROMIUM = '/usr/bin/chromium'
const ARGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]
export const PHONE = { width: 390, height: 844 } as const

const isMissing = !existsSync(CHROMIUM)

/** Tests in a real browser. Without one they are skipped, except where changes are checked: there they fail. */
export function describeInBrowser(title: string, tests: () => void): void {
  if (isMissing && !process.env.CI) describe.skip(`${title} (skipped: ${CHROMIUM} is missing; install chromium)`, tests)
  else describe(title, tests)
}

const undo: (() => unknown)[] = []
afterAll(async () => {
  for (const step of undo.splice(0).reverse()) await step()
})

/** The browser of a phone that knows nothing yet; gone after the tests of the file. `off`: as a careful person has scripts. */
export async function phone({ scripts }: { readonly scripts: 'on' | 'off' }): Promise<BrowserContext> {
  const profile = mkdtempSync(join(tmpdir(), 'sentinel-browser-'))
  undo.push(() => rmSync(profile, { recursive: true, force: true }))
  const context = await chromium.launchPersistentContext(profile, {
    executablePath: CHROMIUM,
    args: ARGS,
    javaScriptEnabled: scripts === 'on',
    viewport: PHONE,
    isMobile: true,
    hasTouch: true,
    locale: 'en-US',
  })
  undo.push(() => context.close())
  return context
}
