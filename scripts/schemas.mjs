// Writes rules.schema.json and cases.schema.json, what editors know of these files. Run it after a change to a format: npm run build && node scripts/schemas.mjs && npm run format
import { writeFileSync } from 'node:fs'
import { casesJsonSchema } from '../dist/cli/cases/schema.js'
import { rulesJsonSchema } from '../dist/rules/schema.js'

const write = (name, schema) =>
  writeFileSync(new URL(`../${name}`, import.meta.url), `${JSON.stringify(schema, null, 2)}\n`)

write('rules.schema.json', rulesJsonSchema())
write('cases.schema.json', casesJsonSchema())
