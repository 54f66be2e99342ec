// Shows the OpenAPI document of the server that served this page, in the colours that the visitor's system prefers. Keys that are
// typed in stay in this tab's memory.
import '/docs/openapi-explorer.js';

const light = {
  'bg-color': '#ffffff',
  'text-color': '#1f2430',
  'header-color': '#1f2430',
  'primary-color': '#2f5bd0',
  'secondary-color': '#2f5bd0',
  'nav-bg-color': '#f3f5f9',
  'nav-text-color': '#2b3242',
  'nav-hover-bg-color': '#e3e8f2',
  'nav-hover-text-color': '#1f3f9e',
};

const dark = {
  'bg-color': '#16181d',
  'text-color': '#e4e7ee',
  'header-color': '#e4e7ee',
  'primary-color': '#8fabff',
  'secondary-color': '#8fabff',
  'nav-bg-color': '#1d2027',
  'nav-text-color': '#ccd2de',
  'nav-hover-bg-color': '#2a2f3a',
  'nav-hover-text-color': '#b9caff',
};

const dusk = matchMedia('(prefers-color-scheme: dark)');
const explorer = document.createElement('openapi-explorer');

function colour() {
  for (const [name, value] of Object.entries(dusk.matches ? dark : light)) explorer.setAttribute(name, value);
}

colour();
dusk.addEventListener('change', colour);
explorer.setAttribute('spec-url', '/openapi/v1.json');
explorer.setAttribute('use-path-in-nav-bar', 'true');
explorer.setAttribute('hide-server-selection', 'true');
explorer.setAttribute('fetch-credentials', 'omit');
document.getElementById('page').append(explorer);
