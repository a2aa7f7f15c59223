const isCi = Boolean(process.env.CI);
if (!isCi) console.log('watching for changes');
