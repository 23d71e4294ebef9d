# Copyright (c) anchorage.harbor contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""How the report looks: light and dark as the reader's system is, on a telephone and on paper. No font, picture or
script comes from elsewhere.
"""

from __future__ import annotations

LIGHT = """--page:#fff;--soft:#f4f5f7;--line:#d5d9de;--text:#1c2024;--mute:#545b64;
--equal:#2c7a6b;--waiting:#a85d00;--waiting-soft:#f6d9a8;--conflicting:#b3201a;--extra:#626a73;--extra-soft:#dfe2e6;
--equal-back:#e3f2ee;--unequal-back:#fbe9e7;--unknown-back:#fdf1dc;"""
DARK = """--page:#15181c;--soft:#1f242a;--line:#3a424b;--text:#e9ecef;--mute:#a9b1ba;
--equal:#57b5a2;--waiting:#f2a93b;--waiting-soft:#5e4010;--conflicting:#ff7d72;--extra:#a3abb5;--extra-soft:#3a4149;
--equal-back:#16302b;--unequal-back:#3b1d1b;--unknown-back:#37290f;"""
REST = """
*{box-sizing:border-box}
body{margin:0;background:var(--page);color:var(--text);font:1rem/1.5 system-ui,-apple-system,"Segoe UI",Roboto,
"DejaVu Sans",sans-serif;overflow-wrap:anywhere}
header,main,footer{max-width:76rem;margin:0 auto;padding:0 1rem}
header{margin-top:1rem}
.verdict{border-left:.5rem solid;border-radius:.25rem;padding:1rem 1.25rem}
.verdict.equal{border-color:var(--equal);background:var(--equal-back)}
.verdict.unequal{border-color:var(--conflicting);background:var(--unequal-back)}
.verdict.unknown{border-color:var(--waiting);background:var(--unknown-back)}
.verdict p{margin:.35rem 0 0;color:var(--text)}
h1{font-size:1.5rem;line-height:1.3;margin:0;display:flex;gap:.6rem;align-items:flex-start}
h1 svg{width:1.8rem;height:1.8rem;flex:none;fill:none;stroke-width:2.4;stroke-linecap:round;stroke-linejoin:round}
.equal h1 svg{stroke:var(--equal)}.unequal h1 svg{stroke:var(--conflicting)}.unknown h1 svg{stroke:var(--waiting)}
h2{font-size:1.2rem;margin:2.2rem 0 .3rem}h3{font-size:1rem;margin:1.6rem 0 .2rem}
p{margin:.3rem 0 .7rem}.mute,figcaption,small{color:var(--mute)}figcaption strong{color:var(--text)}
small{display:block;overflow-wrap:normal;font-size:.8rem;line-height:1.35}
ul.keys{list-style:none;margin:.4rem 0;padding:0;display:flex;flex-wrap:wrap;gap:.3rem 1.4rem;font-size:.875rem}
ul.keys{align-content:start}ul.keys li{display:flex;align-items:center;gap:.5rem}
table{width:100%;border-collapse:collapse;font-size:.925rem}
th,td{text-align:left;vertical-align:top;padding:.45rem .75rem .45rem 0;border-bottom:1px solid var(--line)}
thead th{font-weight:600;color:var(--mute);font-size:.85rem;white-space:nowrap}
tbody th{font-weight:600}
.n{text-align:right;font-variant-numeric:tabular-nums}td.wide{width:34%;min-width:9rem}th[scope=row]{min-width:9rem}
thead th.n{width:7.5rem}thead th.n:last-child{width:8.5rem}
.bad{color:var(--conflicting);font-weight:600}
code,pre{font:.85em/1.45 ui-monospace,"DejaVu Sans Mono",Menlo,monospace}abbr{text-decoration:none}
pre{background:var(--soft);border:1px solid var(--line);border-radius:.25rem;padding:.6rem .8rem;white-space:pre-wrap}
svg.defs{position:absolute}svg.bar{display:block;width:100%;height:1.15rem;margin-top:.15rem}
svg.swatch{width:1.8rem;height:1rem;flex:none}
.part{stroke:var(--page);stroke-width:1}.part.equal{fill:var(--equal)}.part.waiting{fill:url(#waiting)}
.part.conflicting{fill:url(#conflicting)}.part.extra{fill:url(#extra)}
.solid.waiting{fill:var(--waiting)}.soft.waiting{fill:var(--waiting-soft)}.solid.conflicting{fill:var(--conflicting)}
.gap{stroke:var(--page);stroke-width:1.6}.solid.extra{fill:var(--extra)}.soft.extra{fill:var(--extra-soft)}
.plots{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,21rem),1fr));gap:0 2.5rem}
figure{margin:.6rem 0 0;font-size:.925rem;display:grid;grid-template-rows:subgrid;grid-row:span 4;row-gap:0}
.plot{display:grid;grid-template:minmax(0,1fr)/4.6rem 1fr;gap:.5rem;height:10rem;margin-top:.6rem}
.plot svg{width:100%;height:100%;overflow:visible;min-height:0}
.up{display:flex;flex-direction:column;justify-content:space-between;text-align:right;font-size:.78rem;line-height:1;
color:var(--mute);margin:-.39rem 0;white-space:nowrap}
.along{display:flex;justify-content:space-between;gap:1rem;margin:.5rem 0 0 5.1rem;font-size:.78rem;color:var(--mute);
white-space:nowrap}
.along.alone{justify-content:center}
path{fill:none;vector-effect:non-scaling-stroke}.grid{stroke:var(--line);stroke-width:1}
.line{stroke-width:2.5;stroke-linecap:round;stroke-linejoin:round}.line.equal{stroke:var(--equal)}
.line.waiting{stroke:var(--waiting)}.line.conflicting{stroke:var(--conflicting);stroke-dasharray:9 5}
.line.extra{stroke:var(--extra);stroke-dasharray:1 6}.away{stroke:var(--mute);stroke-width:1;stroke-dasharray:2 3}
.line.dot{stroke-width:8;stroke-dasharray:none}
svg.key{width:2.4rem;height:.8rem;flex:none}
footer{margin:2.5rem auto 1.5rem;color:var(--mute);font-size:.85rem}
@media (max-width:46rem){
table.fold thead{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%)}
table.fold,table.fold tbody,table.fold tr,table.fold th,table.fold td{display:block;width:100%}
table.fold tr{border-bottom:1px solid var(--line);padding:.55rem 0}
table.fold th,table.fold td{border:0;padding:.1rem 0;text-align:left}
table.fold td[data-name]::before{content:attr(data-name) ": ";color:var(--mute)}
table.fold td.n{display:inline-block;width:auto;margin-right:1.1rem}table.fold td.n small{text-align:left}
table.fold td:empty{display:none}
table.fold td.n small{display:inline}
h1{font-size:1.25rem}}
@media print{
html{font-size:8.5pt}.along{font-size:.7rem;margin-top:1rem}header,main,footer{max-width:none;padding:0}
h2,h3,h3+p,pre,figcaption,thead,h2+p{break-after:avoid}.plots{break-inside:avoid}
tr,figure,.verdict,pre{break-inside:avoid}.verdict,pre,svg{print-color-adjust:exact;-webkit-print-color-adjust:exact}
.plots{display:flex;gap:1rem}figure{display:block;flex:1;min-width:0}
figcaption{min-height:2.8em}.plot{height:7rem}td.wide{min-width:6rem}thead th.n{width:6.5rem}
th,td{padding:.25rem .5rem .25rem 0}.keys{break-before:avoid}}
@page{margin:14mm}
"""
STYLE = ":root{color-scheme:light dark;%s}\n@media screen and (prefers-color-scheme:dark){:root{%s}}%s" % (
    LIGHT,
    DARK,
    REST,
)
