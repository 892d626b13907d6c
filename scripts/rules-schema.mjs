// Writes rules.schema.json, what editors know of rules files. Run it after a change to the format: npm run build && node scripts/rules-schema.mjs && npm run format
import { writeFileSync } from 'node:fs'
import { rulesJsonSchema } from '../dist/rules/schema.js'

writeFileSync(new URL('../rules.schema.json', import.meta.url), `${JSON.stringify(rulesJsonSchema(), null, 2)}\n`)
