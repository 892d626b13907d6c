/** All there is of style, inside each page, allowed by its hash. Text from calls can not reach it. */
export const STYLE: string = `
:root { color-scheme: light dark; --ink: #1b1d21; --soft: #5c626b; --paper: #fff; --card: #f3f4f6; --line: #d5d8dd;
  --accent: #0b5cad; --yes: #16703a; --no: #b3261e; --marked: #fff3cd; --on: #fff }
@media (prefers-color-scheme: dark) { :root { --ink: #eceef1; --soft: #a4abb5; --paper: #14161a; --card: #20242a;
  --line: #3a4049; --accent: #7db9f5; --yes: #2a8a4e; --no: #cc4038; --marked: #463b12 } }
* { box-sizing: border-box }
body { margin: 0; padding-top: .4rem; background: var(--paper); color: var(--ink); font: 1rem/1.4 system-ui, sans-serif }
header, main, .bar { max-width: 44rem; margin: 0 auto; padding: 0 1rem }
header { display: flex; gap: .75rem; align-items: center; justify-content: space-between; min-height: 2.75rem;
  font-size: .875rem; color: var(--soft) }
header form { margin: 0 }
a { color: var(--accent) }
h1 { font-size: 1.3rem; line-height: 1.25; margin: .25rem 0 .5rem; overflow-wrap: anywhere }
h2 { font-size: .8rem; letter-spacing: .04em; text-transform: uppercase; color: var(--soft); margin: .9rem 0 .3rem }
p { margin: .3rem 0; overflow-wrap: anywhere }
small { color: var(--soft); font: .8rem system-ui, sans-serif; white-space: nowrap }
.soft { color: var(--soft); font-size: .875rem }
.risk { display: inline-block; border-radius: .4rem; padding: .1rem .5rem; font-weight: 700; color: #fff; background: #49505a }
.MEDIUM { background: #8a5a00 } .HIGH { background: #b4470a } .CRITICAL { background: #b3261e }
.deciding { border-left: .3rem solid #d39e00; background: var(--marked); border-radius: .3rem; padding: .4rem .6rem;
  margin: .3rem 0; overflow-wrap: anywhere }
code, .value, textarea { font: .95rem/1.4 ui-monospace, 'DejaVu Sans Mono', monospace }
.deciding .value { font-size: 1.1rem; font-weight: 700 }
ul.reasons { margin: 0; padding-left: 1.1rem } .reasons li { overflow-wrap: anywhere; margin: .15rem 0 }
dl { margin: 0 } dl > div { border-bottom: 1px solid var(--line); padding: .35rem .3rem; overflow: hidden; overflow-wrap: anywhere }
dl.values { content-visibility: auto; contain-intrinsic-size: auto 40rem }
dt { font-size: .85rem; color: var(--soft) } dd { margin: 0 }
.marked { background: var(--marked) }
.bar { position: sticky; bottom: 0; background: var(--paper); border-top: 1px solid var(--line);
  padding-top: .5rem; padding-bottom: .75rem; margin-top: 1rem }
.buttons { display: flex; gap: .75rem }
button, .button { font: inherit; font-weight: 600; min-height: 3rem; padding: 0 1rem; border-radius: .6rem; border: 1px solid var(--line);
  background: var(--card); color: var(--ink); cursor: pointer }
.buttons button { flex: 1 } .yes { background: var(--yes); color: var(--on); border-color: var(--yes) }
.no { background: var(--no); color: var(--on); border-color: var(--no) }
.plain { min-height: 2.25rem; font-weight: 400; font-size: .875rem }
textarea, input { width: 100%; font-size: 1rem; padding: .5rem; border: 1px solid var(--line); border-radius: .5rem;
  background: var(--paper); color: var(--ink) }
summary { padding: .25rem 0 .5rem; cursor: pointer; color: var(--accent) }
textarea.json { min-height: 45vh; white-space: pre; overflow: auto }
.cards { list-style: none; margin: 0; padding: 0 }
.cards a { display: block; text-decoration: none; color: inherit; background: var(--card); border-radius: .6rem;
  padding: .7rem .8rem; margin: .6rem 0; overflow: hidden; overflow-wrap: anywhere }
.cards strong { font-size: 1.05rem }
.error { border-left: .3rem solid var(--no); background: var(--card); padding: .5rem .7rem; border-radius: .3rem }
nav { display: flex; justify-content: space-between; margin: 1rem 0 }
`
