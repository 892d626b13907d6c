import { SentinelRulesError } from '../../errors.ts'
import { lintRules } from '../../rules/lint.ts'
import { readRulesFile } from '../../rules/load.ts'
import { counted } from '../command.ts'
import { type Finding, fail, ok, warn } from './finding.ts'

/** Whether the rules can be used and mean what they say. */
export function rules(path: string | undefined): Finding {
  if (path === undefined)
    return warn('rules', 'none given: only anomalies stop a call', 'give --rules <file>, or set SENTINEL_RULES_PATH')
  const check = `sentinel check ${path}`
  try {
    const set = readRulesFile(path)
    const warnings = lintRules(set)
    const found = `${path}: ${counted(set.size, 'rule')}`
    return warnings.length === 0
      ? ok('rules', found)
      : warn('rules', `${found}, ${counted(warnings.length, 'warning')}`, check)
  } catch (error) {
    if (!(error instanceof SentinelRulesError)) throw error
    return fail('rules', `${path} can not be used: ${counted(error.issues.length, 'error')}`, check)
  }
}
