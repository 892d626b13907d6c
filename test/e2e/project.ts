import { execFileSync, spawnSync } from 'node:child_process'
import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, dirname, join, resolve } from 'node:path'

export const ROOT = resolve(import.meta.dirname, '../..')

/** npm takes its time on a machine that is busy. */
export const PACKING_MAX_MS = 300_000

export interface Project {
  readonly path: string
  /** Runs a line of shell as a user would; what goes wrong is part of the answer. */
  sh(line: string): { readonly stdout: string; readonly stderr: string; readonly status: number | null }
  remove(): void
}

/** An empty project that installed the package as it would be published, its dependencies taken from here. */
export function packedProject(): Project {
  const path = mkdtempSync(join(tmpdir(), 'sentinel-project-'))
  const packing = ['pack', '--json', '--ignore-scripts', '--pack-destination', path]
  const [{ filename }] = JSON.parse(execFileSync('npm', packing, { cwd: ROOT, encoding: 'utf8' })) as [
    { filename: string },
  ]
  writeFileSync(join(path, 'package.json'), JSON.stringify({ name: 'empty', type: 'module' }))
  const installed = join(path, 'node_modules/sentinel-guard')
  mkdirSync(join(path, 'node_modules/.bin'), { recursive: true })
  execFileSync('tar', ['-xzf', filename], { cwd: path })
  execFileSync('mv', ['package', installed], { cwd: path })
  rmSync(join(path, filename))
  symlinkSync(join(ROOT, 'node_modules'), join(installed, 'node_modules'))
  // What npm does with `bin`.
  chmodSync(join(installed, 'dist/cli/main.js'), 0o755)
  symlinkSync('../sentinel-guard/dist/cli/main.js', join(path, 'node_modules/.bin/sentinel'))
  const env = {
    ...process.env,
    PATH: [dirname(process.execPath), process.env.PATH].join(delimiter),
    SENTINEL_LOG_LEVEL: 'silent',
    NO_COLOR: '1',
  }
  return {
    path,
    sh: (line) => spawnSync('sh', ['-c', line], { cwd: path, env, encoding: 'utf8' }),
    remove: () => rmSync(path, { recursive: true, force: true }),
  }
}
