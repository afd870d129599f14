// Loaded before main.ts, in plain JavaScript, so that an old Node can still read it.
const wanted = 26;
if (Number(process.versions.node.split('.')[0]) < wanted) {
  process.stderr.write(
    `QualityPilot needs Node ${wanted}, this is ${process.versions.node}: run "npm ci" and start it with "npm start".\n`,
  );
  process.exit(78);
}
