import { Option } from 'commander'
import type { Terminal } from './terminal.ts'

export interface RulesPlaceOptions {
  readonly rules?: string
}

export const rulesOption = (): Option => new Option('--rules <file>', 'the rules file (default: SENTINEL_RULES_PATH)')

/** The rules that a command is about: the file named, or the one of the environment. */
export const rulesPath = ({ env }: Terminal, { rules }: RulesPlaceOptions): string | undefined =>
  rules ?? env.SENTINEL_RULES_PATH
