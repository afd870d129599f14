// Loaded before main.ts and by each thread, in plain JavaScript, so that an old Node can still read it.
const wanted = 26;
if (Number(process.versions.node.split('.')[0]) < wanted) {
  process.stderr.write(
    `QualityPilot needs Node ${wanted}, this is ${process.versions.node}: run "npm ci" and start it with "npm start".\n`,
  );
  process.exit(78);
}

// What was stripped of its types and compiled is kept for the next start: half of its work. A folder
// that cannot be written is no fault.
const { join } = require('node:path');
require('node:module').enableCompileCache(join(__dirname, 'out/compiled'));
