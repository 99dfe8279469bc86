/** The page before its script has run. Everything else is made in `web/`. */
/** @param token of this load: hexadecimal */
export const pageHtml = (token: string) => `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>ttcbench dashboard</title>
<meta name="page-token" content="${token}">
<link rel="icon" href="data:,">
<link rel="stylesheet" href="/dash.css">
<script type="module" src="/page/dash.js"></script>
</head>
<body>
<header class="head"><h1>Which policy pays</h1><p id="state" class="muted" role="status" aria-live="polite"></p><button id="theme" type="button">Dark page</button></header>
<main id="main" tabindex="-1"><noscript>This page needs its script. <code>ttcbench report</code> shows the same without one.</noscript><p class="muted">Reading the runs. Where nothing else comes, the script of the page is not built: <code>npm run build</code> makes it.</p></main>
</body>
</html>
`;
