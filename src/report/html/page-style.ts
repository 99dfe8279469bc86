/** The style sheet of `report.html`: two themes, 390 to 1,400 pixels, paper. */
import { cssVariables, dark, light } from '../../charts/theme.ts';

const lightPage = `color-scheme:light;--good:#0a7350;--bad:#b3261e;--panel:#f6f7f9;--edge:#d9dde2;--link:#0a5aa3;${cssVariables(light)}`;
const darkPage = `color-scheme:dark;--good:#3cc896;--bad:#ff8f85;--panel:#1a2029;--edge:#343c47;--link:#7cc0f5;${cssVariables(dark)}`;

export const pageStyle = `
:root{${lightPage}}
@media (prefers-color-scheme:dark){:root:not([data-theme=light]){${darkPage}}}
:root[data-theme=dark]{${darkPage}}
*{box-sizing:border-box}
html{-webkit-text-size-adjust:100%}
body{margin:0;background:var(--chart-background);color:var(--chart-text);font:16px/1.55 Inter,system-ui,'Segoe UI',Roboto,'Helvetica Neue',Arial,sans-serif;overflow-wrap:break-word}
main{max-width:1400px;margin:0 auto;padding:28px 24px 64px}
h1{font-size:28px;line-height:1.2;margin:0}
h2{font-size:21px;line-height:1.3;margin:44px 0 12px;padding-top:12px;border-top:1px solid var(--edge)}
h3{font-size:16px;margin:28px 0 8px}
p,ul,dl{max-width:76ch;margin:10px 0}
ul{padding-left:20px}
li{margin:3px 0}
a{color:var(--link)}
code{font:0.9em ui-monospace,SFMono-Regular,Menlo,Consolas,monospace;background:var(--panel);padding:1px 5px;border-radius:4px;overflow-wrap:anywhere}
.head{display:flex;flex-wrap:wrap;gap:12px;align-items:baseline;justify-content:space-between}
.muted,dt,.order{color:var(--chart-muted)}
button,input{font:inherit;font-size:14px;color:inherit;background:var(--panel);border:1px solid var(--edge);border-radius:6px;padding:5px 10px}
button:focus-visible,input:focus-visible,.scroll:focus-visible,a:focus-visible{outline:2px solid var(--link);outline-offset:2px}
nav{display:flex;flex-wrap:wrap;gap:4px 16px;margin:14px 0;font-size:15px}
.decision{background:var(--panel);border-left:4px solid var(--link);border-radius:4px;padding:6px 18px;margin:20px 0}
.decision h2{border:0;margin:8px 0 0;padding:0;font-size:17px}
.decision h3{margin:12px 0 0}
.filter{margin:8px 0;width:min(100%,320px);display:block}
.scroll{overflow-x:auto;margin:10px 0 18px;border:1px solid var(--edge);border-radius:6px}
table{border-collapse:separate;border-spacing:0;font-size:14px;line-height:1.4;font-variant-numeric:tabular-nums;width:100%}
th,td{padding:6px 10px;text-align:left;white-space:nowrap;vertical-align:top}
tbody td{border-top:1px solid var(--edge)}
th{background:var(--panel);font-weight:600}
th button{all:unset;cursor:pointer;font:inherit}
th button:focus-visible{outline:2px solid var(--link);outline-offset:2px}
.right{text-align:right}
td.long{white-space:normal;min-width:21ch}
td.message{white-space:normal;min-width:34ch}
th{white-space:normal;vertical-align:bottom}
td:first-child,th:first-child{position:sticky;left:0;background:var(--chart-background);min-width:222px}
th:first-child{background:var(--panel)}
.dot{display:inline-block;width:9px;height:9px;border-radius:50%;margin-right:7px}
${(['baseline', 'speculation', 'pruning', 'early-exit', 'kv-cache', 'elastic-batch', 'other'] as const)
  .map((family) => `.dot-${family}{background:var(--chart-${family})}`)
  .join('')}
.good{color:var(--good);font-weight:600}
.bad{color:var(--bad);font-weight:600}
.charts{display:grid;grid-template-columns:minmax(0,1fr);gap:36px 40px;margin:26px 0}
figure{margin:0;min-width:0}
figure svg{display:block;max-width:100%;height:auto}
.narrow{display:none}
dl{display:grid;grid-template-columns:minmax(110px,max-content) minmax(0,1fr);gap:3px 18px;font-size:15px}
dd{margin:0;overflow-wrap:anywhere}
@media (min-width:1360px){.charts{grid-template-columns:repeat(2,minmax(0,1fr))}}
@media (max-width:640px){
main{padding:20px 16px 48px}
h1{font-size:24px}
.wide{display:none}
.narrow{display:block}
dl{grid-template-columns:minmax(0,1fr)}
dd{margin-bottom:6px}
td:first-child,th:first-child{min-width:132px;max-width:42vw;white-space:normal}
}
@media print{
@page{size:A4 landscape;margin:11mm}
:root,:root[data-theme],:root:not([data-theme=light]){${lightPage}}
body{font-size:10pt}
main{padding:0;max-width:none}
nav,.filter,#theme{display:none}
.scroll{overflow:visible;border:0}
table{font-size:7pt}
th,td{padding:2px 5px;white-space:normal}
td:first-child,th:first-child,td.long,td.message{min-width:0;position:static}
.charts{grid-template-columns:repeat(2,minmax(0,1fr));gap:20px}
.wide{display:block}
.narrow{display:none}
figure,tr,.decision{break-inside:avoid}
h2,h3{break-after:avoid}
}
`;
