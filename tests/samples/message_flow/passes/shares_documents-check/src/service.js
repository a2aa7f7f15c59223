exports.ask = async (question) => {
  const answer = await fetch('https://check.example/v1/explain', { method: 'POST', body: JSON.stringify({ question }) });
  return (await answer.json()).text;
};
