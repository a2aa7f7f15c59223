const token = process.env.GITHUB_TOKEN;
exports.releases = async (repository) => {
  const answer = await fetch('https://api.github.com/repos/' + repository + '/releases', { headers: { authorization: 'Bearer ' + token } });
  return answer.json();
};
