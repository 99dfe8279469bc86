/** The style sheet of the dashboard: two themes, from 390 pixels on. */
import { cssVariables, dark, light } from '../charts/index.ts';

const families = ['baseline', 'speculation', 'pruning', 'early-exit', 'kv-cache', 'elastic-batch', 'other'] as const;
const lightPage = `color-scheme:light;--good:#0a7350;--bad:#b3261e;--panel:#f6f7f9;--edge:#d9dde2;--link:#0a5aa3;--mark:#fde9b0;--own:#57606c;--accepted:#0969b0;${cssVariables(light)}`;
const darkPage = `color-scheme:dark;--good:#3cc896;--bad:#ff8f85;--panel:#1a2029;--edge:#343c47;--link:#7cc0f5;--mark:#5a4510;--own:#b0b8c2;--accepted:#5cb3f0;${cssVariables(dark)}`;

export const pageStyle = `
:root{${lightPage}}
@media (prefers-color-scheme:dark){:root:not([data-theme=light]){${darkPage}}}
:root[data-theme=dark]{${darkPage}}
*{box-sizing:border-box}
html{-webkit-text-size-adjust:100%}
body{margin:0;background:var(--chart-background);color:var(--chart-text);font:15px/1.5 Inter,system-ui,'Segoe UI',Roboto,'Helvetica Neue',Arial,sans-serif;overflow-wrap:break-word}
header,main{max-width:1400px;margin:0 auto;padding:18px 24px 0}
main{padding-bottom:64px;outline:none}
.head{display:flex;flex-wrap:wrap;gap:4px 18px;align-items:baseline}
.head p{margin:0}
#theme{margin-left:auto}
h1{font-size:22px;line-height:1.3;margin:0}
h2{font-size:18px;line-height:1.3;margin:32px 0 8px}
h3{font-size:15px;margin:20px 0 6px}
p,ul{max-width:84ch;margin:8px 0}
ul{padding-left:20px}
a{color:var(--link)}
code,pre{font:0.92em/1.5 ui-monospace,SFMono-Regular,Menlo,Consolas,monospace}
code{background:var(--panel);padding:1px 5px;border-radius:4px;overflow-wrap:anywhere}
pre{background:var(--panel);border:1px solid var(--edge);border-radius:6px;padding:10px 12px;margin:6px 0;white-space:pre-wrap;overflow-wrap:anywhere;max-height:420px;overflow-y:auto}
mark{background:var(--mark);color:inherit;border-bottom:2px solid currentcolor}
.muted{color:var(--chart-muted)}
button,select,input[type=text],input[type=number],input[type=date]{font:inherit;font-size:14px;color:inherit;background:var(--panel);border:1px solid var(--edge);border-radius:6px;padding:5px 10px;max-width:100%}
button{cursor:pointer}
:focus-visible{outline:2px solid var(--link);outline-offset:2px}
.filters{display:flex;flex-wrap:wrap;gap:10px 16px;align-items:end;margin:6px 0 0;padding:0 0 14px;border-bottom:1px solid var(--edge)}
.filters label.field{display:grid;grid-template-rows:auto 34px;gap:2px;font-size:13px;color:var(--chart-muted);min-width:0}
.filters select,.filters input[type=date]{color:var(--chart-text);height:34px;box-sizing:border-box}
fieldset{border:0;margin:0;padding:0;display:flex;flex-wrap:wrap;gap:6px;min-width:0}
legend{font-size:13px;color:var(--chart-muted);padding:0;margin-bottom:2px}
.chip{display:inline-flex;align-items:center;gap:6px;border:1px solid var(--edge);border-radius:16px;padding:3px 11px;font-size:13px;cursor:pointer}
.chip:has(input:checked){background:var(--panel);border-color:var(--link)}
.chip input{margin:0;accent-color:var(--link)}
.decision,.notice{background:var(--panel);border-left:4px solid var(--link);border-radius:4px;padding:6px 16px;margin:16px 0}
.notice{border-color:var(--bad)}
.decision h2{margin:6px 0}
.decision h3{margin:8px 0 0}
.scroll{overflow-x:auto;margin:8px 0 16px;border:1px solid var(--edge);border-radius:6px}
.tall{max-height:520px;overflow-y:auto}
table{border-collapse:separate;border-spacing:0;font-size:14px;line-height:1.4;font-variant-numeric:tabular-nums;width:100%}
th,td{padding:6px 10px;text-align:left;white-space:nowrap;vertical-align:top}
th{background:var(--panel);font-weight:600;vertical-align:bottom}
tbody td,tbody th{border-top:1px solid var(--edge)}
tbody th{font-weight:400;vertical-align:top;background:var(--chart-background)}
th button{all:unset;cursor:pointer;font:inherit}
th button:focus-visible,td button:focus-visible{outline:2px solid var(--link);outline-offset:2px}
.right{text-align:right}
td.long{white-space:normal;min-width:19ch}
tbody th:first-child,thead th:first-child{position:sticky;left:0}
tr[aria-current=true] th,tr[aria-current=true] td{background:var(--panel)}
.name{all:unset;cursor:pointer;color:var(--link);text-decoration:underline;text-underline-offset:2px;white-space:inherit;overflow-wrap:anywhere}
.dot{display:inline-block;width:9px;height:9px;border-radius:50%;margin-right:7px}
${families.map((family) => `.dot-${family}{background:var(--chart-${family})}`).join('')}
.good{color:var(--good);font-weight:600}
.bad{color:var(--bad);font-weight:600}
.charts{display:grid;grid-template-columns:minmax(0,1fr);gap:30px 40px;margin:20px 0}
figure{margin:0;min-width:0}
figure svg,.timeline svg{display:block;max-width:100%;height:auto}
.brush{touch-action:pan-y;user-select:none}.brush.is-hit{cursor:crosshair}.press.is-hit{cursor:pointer}.brushed{fill:var(--link);fill-opacity:.18;stroke:var(--link)}
.range{margin:8px 0;align-items:center}.range .short{width:9em}button.chip{background:var(--panel);border-color:var(--link)}
.pair{display:grid;grid-template-columns:minmax(0,1fr);gap:0 24px}
.legend{display:flex;flex-wrap:wrap;gap:4px 16px;list-style:none;padding:0;font-size:13px}
.swatch{display:inline-block;width:11px;height:11px;border-radius:2px;margin-right:6px}
.fill-own{fill:var(--own)}.fill-accepted{fill:var(--accepted)}.fill-axis{fill:var(--chart-muted);font-size:11px}.line-axis{stroke:var(--chart-grid)}
.back-own{background:var(--own)}.back-accepted{background:var(--accepted)}
${Array.from({ length: 9 }, (_, i) => `.fill-heat-${i}{fill:var(--chart-heat-${i});stroke:var(--chart-line);stroke-width:.5}.back-heat-${i}{background:var(--chart-heat-${i});outline:1px solid var(--chart-line)}`).join('')}
summary{cursor:pointer}
.choice{margin:8px 0}.choice summary{font-size:14px}
.choice form{padding:8px 0 12px}.choice form>p,.choice .links{margin:6px 0}.choice .wide{display:block;font-size:13px;color:var(--chart-muted)}#expression{width:min(60ch,100%);font-family:ui-monospace,SFMono-Regular,Menlo,Consolas,monospace}
.links{display:flex;flex-wrap:wrap;gap:4px 14px;margin:-10px 0 14px;font-size:13px}
figure .choice{margin:8px 0}.choice summary{font-size:14px}
.links{margin:4px 0 0}
.row>.muted{overflow-wrap:anywhere}
.row{display:flex;flex-wrap:wrap;gap:8px;align-items:baseline}
@media (min-width:900px){.pair{grid-template-columns:repeat(2,minmax(0,1fr))}}
@media (min-width:1300px){.charts{grid-template-columns:repeat(2,minmax(0,1fr))}}
@media (max-width:640px){
header,main{padding-left:16px;padding-right:16px}
tbody th:first-child,thead th:first-child{max-width:42vw;white-space:normal}
}
@media (prefers-reduced-motion:reduce){*{transition:none!important;animation:none!important;scroll-behavior:auto!important}}
`;
