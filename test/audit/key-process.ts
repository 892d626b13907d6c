import { writeSync } from 'node:fs'
import { keyBeside } from '../../src/audit/key.ts'

/** A process of its own that makes or reads the key beside a database, and says which it got. */
writeSync(
  1,
  keyBeside(process.argv[2] ?? '')
    .for('redaction')
    .export()
    .toString('hex'),
)
