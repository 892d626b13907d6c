import { RE2JS } from 're2js'
import type { Redacted } from '../../domain/call.ts'
import type { Params } from '../../domain/plain.ts'
import { type Issue, SentinelConfigError } from '../../errors.ts'
import { messageOf } from '../../support/messages.ts'
import { keyedMark, plainMark, type RedactionKey } from './mark.ts'
import { DeclaredNames } from './names.ts'
import { Secrets } from './secrets.ts'
import { redactedParams } from './walk.ts'

export interface RedactorOptions {
  /** Of the digests in marks. */
  readonly key: RedactionKey
  /** Secret besides the usual: parameter names, in any case and at any depth, or paths such as `card.number` and `items[].code`. */
  readonly names?: readonly string[] | undefined
  /** Regular expressions (RE2: no look-around, no back-references); each match in a text is replaced. */
  readonly patterns?: readonly string[] | undefined
}

/** Replaces secrets before anyone but the rules and the tool sees them. */
export interface Redactor {
  /**
   * Parameters without secrets: the very same object when there are none, else a frozen copy with a mark for each, the same for the
   * same secret.
   * @param secretNames names and paths that are secret in this call besides; best the same array for every call of a tool.
   */
  redact(params: Params, secretNames?: readonly string[]): Redacted
  /** Any other text without secrets, such as a message: its marks tell nothing apart. */
  redactText(text: string): string
}

const NONE: readonly never[] = Object.freeze([])

/** @throws SentinelConfigError naming every pattern that can not be used. */
export function createRedactor({ key, names = NONE, patterns = NONE }: RedactorOptions): Redactor {
  const secrets = new Secrets(compiled(patterns))
  const always = new DeclaredNames(names)
  const byTool = new WeakMap<readonly string[], DeclaredNames>()

  function declaredWith(secretNames: readonly string[]): DeclaredNames {
    if (secretNames.length === 0) return always
    const known = byTool.get(secretNames) ?? new DeclaredNames([...names, ...secretNames])
    byTool.set(secretNames, known)
    return known
  }

  return Object.freeze<Redactor>({
    redact: (params, secretNames = NONE) =>
      redactedParams(params, { secrets, declared: declaredWith(secretNames), mark: keyedMark(key), jsonDepth: 0 }),
    redactText: (text) => secrets.text(text, always, plainMark),
  })
}

function compiled(patterns: readonly string[]): readonly RE2JS[] {
  const issues: Issue[] = []
  const usable: RE2JS[] = []
  for (const [index, pattern] of patterns.entries()) {
    try {
      usable.push(RE2JS.compile(pattern))
    } catch (error) {
      const message = `this is no pattern that runs in linear time (RE2 syntax): ${messageOf(error)}`
      issues.push({ path: `redact.patterns[${index}]`, code: 'bad_pattern', message })
    }
  }
  if (issues.length > 0) throw new SentinelConfigError(issues)
  return usable
}
